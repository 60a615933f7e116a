import { ShowTemplateMetadata } from '../../shared/contract/templates.ts'
import { serve } from '../../shared/http/serve.ts'
import { loadTemplate } from '../../shared/template-library/load.ts'
import { openTemplateStore } from '../../shared/template-library/store.ts'
import { toTemplateMetadata } from '../../shared/template-library/views.ts'

const dependencies = { templates: openTemplateStore }

export const handler = serve(ShowTemplateMetadata, dependencies, async ({ templates }, { path, query }) => {
  return { body: toTemplateMetadata(await loadTemplate(templates, path, query.template_id)) }
})

import { systemClock } from '../../shared/aws/clock.ts'
import { UpdateTemplateMetadata } from '../../shared/contract/templates.ts'
import { serve } from '../../shared/http/serve.ts'
import { changeTemplate } from '../../shared/template-library/change.ts'
import { loadTemplate } from '../../shared/template-library/load.ts'
import { openTemplateStore } from '../../shared/template-library/store.ts'

const dependencies = { templates: openTemplateStore, clock: systemClock }

export const handler = serve(UpdateTemplateMetadata, dependencies, async ({ templates, clock }, { path, body }) => {
  const seen = await loadTemplate(templates, path, body.template_id)
  const changes = { description: body.template_description, updatedAt: clock.now().toISOString() }
  await changeTemplate(templates, seen, (template) => ({ ...template, ...changes }))
  return {}
})

import { ShowTemplateVersionMetadata } from '../../shared/contract/template-versions.ts'
import { serve } from '../../shared/http/serve.ts'
import { loadVersion } from '../../shared/template-library/load.ts'
import { openTemplateStore } from '../../shared/template-library/store.ts'
import { openVersionStore } from '../../shared/template-library/version-store.ts'
import { toVersionMetadata } from '../../shared/template-library/views.ts'

const dependencies = { templates: openTemplateStore, versions: openVersionStore }

export const handler = serve(ShowTemplateVersionMetadata, dependencies, async (deps, { path, query }) => {
  const { version } = await loadVersion(deps, path, query.template_id)
  return { body: toVersionMetadata(version) }
})

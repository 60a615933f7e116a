import { openBlobs } from '../../shared/aws/blobs.ts'
import { systemClock } from '../../shared/aws/clock.ts'
import { DeleteTemplate } from '../../shared/contract/templates.ts'
import { serve } from '../../shared/http/serve.ts'
import { loadTemplate } from '../../shared/template-library/load.ts'
import { openTemplateQuota } from '../../shared/template-library/quota.ts'
import { removeTemplate } from '../../shared/template-library/remove.ts'
import { openTemplateStore } from '../../shared/template-library/store.ts'
import { openVersionStore } from '../../shared/template-library/version-store.ts'

const dependencies = {
  templates: openTemplateStore,
  versions: openVersionStore,
  blobs: openBlobs,
  quota: openTemplateQuota,
  clock: systemClock,
}

export const handler = serve(DeleteTemplate, dependencies, async (deps, { path, query }) => {
  await removeTemplate(deps, await loadTemplate(deps.templates, path, query.template_id))
  return {}
})

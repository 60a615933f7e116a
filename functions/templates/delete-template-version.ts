import { openBlobs } from '../../shared/aws/blobs.ts'
import { systemClock } from '../../shared/aws/clock.ts'
import { DeleteTemplateVersion } from '../../shared/contract/template-versions.ts'
import { serve } from '../../shared/http/serve.ts'
import { loadVersion } from '../../shared/template-library/load.ts'
import { removeVersion } from '../../shared/template-library/remove-version.ts'
import { openTemplateStore } from '../../shared/template-library/store.ts'
import { openVersionStore } from '../../shared/template-library/version-store.ts'

const dependencies = { templates: openTemplateStore, versions: openVersionStore, blobs: openBlobs, clock: systemClock }

export const handler = serve(DeleteTemplateVersion, dependencies, async (deps, { path, query }) => {
  const { template, version } = await loadVersion(deps, path, query.template_id)
  await removeVersion(deps, template, version, deps.clock.now())
  return {}
})

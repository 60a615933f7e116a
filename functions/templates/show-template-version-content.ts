import { openBlobs } from '../../shared/aws/blobs.ts'
import { ShowTemplateVersionContent } from '../../shared/contract/template-versions.ts'
import { refuseLinkRestrictions } from '../../shared/http/link-restrictions.ts'
import { serve } from '../../shared/http/serve.ts'
import { loadVersion } from '../../shared/template-library/load.ts'
import { openTemplateStore } from '../../shared/template-library/store.ts'
import { openVersionStore } from '../../shared/template-library/version-store.ts'

const linkSeconds = 600

const dependencies = { templates: openTemplateStore, versions: openVersionStore, blobs: openBlobs }

export const handler = serve(ShowTemplateVersionContent, dependencies, async (deps, { path, query }) => {
  refuseLinkRestrictions(query)
  const { version } = await loadVersion(deps, path, query.template_id)
  return { headers: { Location: await deps.blobs.linkToGet(version.contentKey, linkSeconds) } }
})

import { GetServerMetadata } from '../../shared/contract/software-deployments.ts'
import { serve } from '../../shared/http/serve.ts'
import { serverMetadata } from '../../shared/software/metadata.ts'
import { readDependencies } from '../../shared/software/open.ts'
import { openServerTags } from '../../shared/software/server-tag.ts'

const dependencies = { ...readDependencies, serverTags: openServerTags }

function isAmong(etag: string, list: string | undefined): boolean {
  return (list ?? '').split(',').some((each) => each.trim().replace(/^W\//, '') === etag)
}

export const handler = serve(GetServerMetadata, dependencies, async (deps, { path, headers }) => {
  // Read first, so that the list is never older than the tag that goes with it.
  const etag = `"${await deps.serverTags.read(path.project_id, path.server_id)}"`
  const answerHeaders = { ETag: etag, 'Cache-Control': 'no-cache' }
  if (isAmong(etag, headers['if-none-match'])) return { status: 304, headers: answerHeaders }
  const metadata = await serverMetadata(deps, path.project_id, path.server_id)
  return { body: { metadata }, headers: answerHeaders }
})

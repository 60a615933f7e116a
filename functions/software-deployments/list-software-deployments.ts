import { ListSoftwareDeployments } from '../../shared/contract/software-deployments.ts'
import { serve } from '../../shared/http/serve.ts'
import { toDeploymentView } from '../../shared/software/deployment.ts'
import { readDependencies } from '../../shared/software/open.ts'
import { wholeList } from '../../shared/software/whole-list.ts'

export const handler = serve(ListSoftwareDeployments, readDependencies, async (deps, { path, query }) => {
  const found = await Array.fromAsync(deps.deployments.list(path.project_id, query.server_id || undefined))
  const oldestFirst = found.sort((a, b) => (a.createdAt === b.createdAt ? 0 : a.createdAt < b.createdAt ? -1 : 1))
  const toEntry = (deployment: (typeof found)[number]) => toDeploymentView(deps.blobs, deployment)
  return {
    body: { software_deployments: await wholeList(oldestFirst, toEntry, 'Ask for one server, with server_id.') },
  }
})

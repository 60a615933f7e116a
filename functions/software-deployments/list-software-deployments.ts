import { ListSoftwareDeployments } from '../../shared/contract/software-deployments.ts'
import { serve } from '../../shared/http/serve.ts'
import { toDeploymentView } from '../../shared/software/deployment.ts'
import type { DeploymentRecord } from '../../shared/software/deployment-record.ts'
import { readDependencies } from '../../shared/software/open.ts'
import { inlineBytes } from '../../shared/software/stored-values.ts'
import { collectList, wholeList } from '../../shared/software/whole-list.ts'

const advice = 'Ask for one server, with server_id.'

export const handler = serve(ListSoftwareDeployments, readDependencies, async (deps, { path, query }) => {
  const listing = deps.deployments.list(path.project_id, query.server_id || undefined)
  const leastBytes = ({ inputValues, outputValues }: DeploymentRecord) => inlineBytes([inputValues, outputValues])
  const found = await collectList(listing, leastBytes, advice)
  const oldestFirst = found.sort((a, b) => (a.createdAt === b.createdAt ? 0 : a.createdAt < b.createdAt ? -1 : 1))
  const toEntry = (deployment: DeploymentRecord) => toDeploymentView(deps.blobs, deployment)
  return { body: { software_deployments: await wholeList(oldestFirst, toEntry, advice) } }
})

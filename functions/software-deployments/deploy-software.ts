import { DeploySoftware } from '../../shared/contract/software-signals.ts'
import { serve } from '../../shared/http/serve.ts'
import { deployDerived } from '../../shared/software/deploy-derived.ts'
import { toDeploymentView } from '../../shared/software/deployment.ts'
import { deployDependencies, keepDependencies } from '../../shared/software/open.ts'
import { openSharedProjects } from '../../shared/software/user-project.ts'

const dependencies = { ...deployDependencies, ...keepDependencies, shared: openSharedProjects }

export const handler = serve(DeploySoftware, dependencies, async (deps, { path, body, caller, baseUrl }) => {
  const request = { project: path.project_id, caller, given: body, baseUrl }
  const { deployment, config } = await deployDerived(deps, request)
  const view = await toDeploymentView(deps.blobs, deployment)
  return { body: { software_deployment: view, software_config: config } }
})

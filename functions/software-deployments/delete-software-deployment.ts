import { DeleteSoftwareDeployment } from '../../shared/contract/software-deployments.ts'
import { serve } from '../../shared/http/serve.ts'
import { undeploy } from '../../shared/software/deploy.ts'
import { deployDependencies } from '../../shared/software/open.ts'

export const handler = serve(DeleteSoftwareDeployment, deployDependencies, async (deps, { path }) => {
  await undeploy(deps, { project: path.project_id, id: path.deployment_id }, deps.clock.now())
  return {}
})

import { DeleteSoftwareDeployment } from '../../shared/contract/software-deployments.ts'
import { serve } from '../../shared/http/serve.ts'
import { undeploy } from '../../shared/software/deploy.ts'
import { deploymentBlobs } from '../../shared/software/deployment.ts'
import { deployDependencies } from '../../shared/software/open.ts'

export const handler = serve(DeleteSoftwareDeployment, deployDependencies, async (deps, { path }) => {
  const removed = await undeploy(deps, { project: path.project_id, id: path.deployment_id }, deps.clock.now())
  await deps.blobs.delete(deploymentBlobs(removed))
  return {}
})

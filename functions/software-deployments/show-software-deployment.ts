import { ShowSoftwareDeployment } from '../../shared/contract/software-deployments.ts'
import { serve } from '../../shared/http/serve.ts'
import { unknownDeployment } from '../../shared/software/deploy.ts'
import { toDeploymentView } from '../../shared/software/deployment.ts'
import { readDependencies } from '../../shared/software/open.ts'

export const handler = serve(ShowSoftwareDeployment, readDependencies, async ({ deployments, blobs }, { path }) => {
  const deployment = await deployments.find(path.project_id, path.deployment_id)
  if (!deployment) throw unknownDeployment(path.deployment_id)
  return { body: { software_deployment: await toDeploymentView(blobs, deployment) } }
})

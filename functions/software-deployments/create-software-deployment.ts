import { v4 as uuid } from 'uuid'
import { HeatError } from '../../shared/contract/heat-errors.ts'
import { CreateSoftwareDeployment } from '../../shared/contract/software-deployments.ts'
import { serve } from '../../shared/http/serve.ts'
import { deploy } from '../../shared/software/deploy.ts'
import { deploymentBlobs, newDeployment, toDeploymentView } from '../../shared/software/deployment.ts'
import { deployDependencies } from '../../shared/software/open.ts'
import { pythonText } from '../../shared/software/python-text.ts'

export const handler = serve(CreateSoftwareDeployment, deployDependencies, async (deps, { path, body }) => {
  const now = deps.clock.now()
  const identity = {
    id: uuid(),
    project: path.project_id,
    userProject: body.stack_user_project_id || null,
    serverId: pythonText(body.server_id),
    configId: pythonText(body.config_id),
    reference: uuid(),
  }
  const deployment = await newDeployment(deps.blobs, identity, body, now)
  try {
    await deploy(deps, deployment, now)
  } catch (error) {
    // After any other failure it may be there.
    if (error instanceof HeatError) await deps.blobs.delete(deploymentBlobs(deployment))
    throw error
  }
  return { body: { software_deployment: await toDeploymentView(deps.blobs, deployment) } }
})

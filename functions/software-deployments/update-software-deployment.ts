import { UpdateSoftwareDeployment } from '../../shared/contract/software-deployments.ts'
import { serve } from '../../shared/http/serve.ts'
import { changeDeployment } from '../../shared/software/change-deployment.ts'
import { changesOf, toDeploymentView } from '../../shared/software/deployment.ts'
import { deployDependencies } from '../../shared/software/open.ts'
import { pythonText } from '../../shared/software/python-text.ts'

export const handler = serve(UpdateSoftwareDeployment, deployDependencies, async (deps, { path, body }) => {
  const at = { project: path.project_id, id: path.deployment_id }
  const { changes, objects } = changesOf(at, body)
  const repointed = body.config_id ? { ...changes, configId: pythonText(body.config_id) } : changes
  const { after } = await changeDeployment(deps, at, { changes: repointed, objects }, deps.clock.now())
  return { body: { software_deployment: await toDeploymentView(deps.blobs, after) } }
})

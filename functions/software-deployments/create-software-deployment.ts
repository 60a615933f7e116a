import { v4 as uuid } from 'uuid'
import { CreateSoftwareDeployment } from '../../shared/contract/software-deployments.ts'
import { serve } from '../../shared/http/serve.ts'
import { deploy } from '../../shared/software/deploy.ts'
import { newDeployment, toDeploymentView } from '../../shared/software/deployment.ts'
import { deployDependencies } from '../../shared/software/open.ts'
import { pythonText } from '../../shared/software/python-text.ts'
import { openSharedProjects, userProjectOf } from '../../shared/software/user-project.ts'

const dependencies = { ...deployDependencies, shared: openSharedProjects }

export const handler = serve(CreateSoftwareDeployment, dependencies, async (deps, { path, body, caller }) => {
  const now = deps.clock.now()
  const { project_id: project } = path
  const identity = {
    id: uuid(),
    project,
    userProject: userProjectOf(body.stack_user_project_id, { project, caller, shared: deps.shared }),
    serverId: pythonText(body.server_id),
    configId: pythonText(body.config_id),
    reference: uuid(),
  }
  const deployment = newDeployment(identity, body, now)
  await deploy(deps, deployment, now)
  return { body: { software_deployment: await toDeploymentView(deps.blobs, deployment.record) } }
})

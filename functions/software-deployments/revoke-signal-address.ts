import { RevokeSignalAddress } from '../../shared/contract/software-signals.ts'
import { serve } from '../../shared/http/serve.ts'
import { unknownDeployment } from '../../shared/software/deploy.ts'
import { openDeploymentStore } from '../../shared/software/deployment-store.ts'

const dependencies = { deployments: openDeploymentStore }

export const handler = serve(RevokeSignalAddress, dependencies, async ({ deployments }, { path }) => {
  const deployment = await deployments.find(path.project_id, path.deployment_id)
  if (!deployment) throw unknownDeployment(path.deployment_id)
  await deployments.revokeSignal(deployment)
  return {}
})

import { DeploySoftware } from '../../shared/contract/software-signals.ts'
import { serve } from '../../shared/http/serve.ts'
import { openConfigStore } from '../../shared/software/config-store.ts'
import { deployDerived } from '../../shared/software/deploy-derived.ts'
import { toDeploymentView } from '../../shared/software/deployment.ts'
import { deployDependencies } from '../../shared/software/open.ts'

const dependencies = { ...deployDependencies, configs: openConfigStore }

export const handler = serve(DeploySoftware, dependencies, async (deps, { path, body, baseUrl }) => {
  const { deployment, config } = await deployDerived(deps, path.project_id, body, baseUrl)
  const view = await toDeploymentView(deps.blobs, deployment)
  return { body: { software_deployment: view, software_config: config } }
})

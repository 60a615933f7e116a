import { HeatError } from '../../shared/contract/heat-errors.ts'
import { CreateSignalAddress } from '../../shared/contract/software-signals.ts'
import { serve } from '../../shared/http/serve.ts'
import { toConfigView } from '../../shared/software/config.ts'
import { unknownDeployment } from '../../shared/software/deploy.ts'
import { signalDependencies } from '../../shared/software/open.ts'
import { newSignalSecret, signalAddress, signalTransport } from '../../shared/software/signal.ts'

export const handler = serve(CreateSignalAddress, signalDependencies, async (deps, { path, baseUrl }) => {
  const { deployments, configs, blobs, clock } = deps
  const deployment = await deployments.find(path.project_id, path.deployment_id)
  const config = deployment && (await configs.find(deployment.project, deployment.configId))
  if (!config) throw unknownDeployment(path.deployment_id)
  const transport = signalTransport((await toConfigView(blobs, config)).inputs)
  if (!transport || transport === 'NO_SIGNAL') {
    throw new HeatError('Invalid', `Config with id ${config.id} declares no deploy_signal_transport to signal by`)
  }
  const secret = newSignalSecret()
  const changed = await deployments.change(deployment.project, deployment.id, { signalHash: secret.hash }, clock.now())
  if (!changed) throw unknownDeployment(path.deployment_id)
  return { body: { signal_address: signalAddress(baseUrl, deployment, secret) } }
})

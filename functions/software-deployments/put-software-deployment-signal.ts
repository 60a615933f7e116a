import { PutSoftwareDeploymentSignal } from '../../shared/contract/software-signals.ts'
import { serve } from '../../shared/http/serve.ts'
import { signalDependencies } from '../../shared/software/open.ts'
import { receiveSignal } from '../../shared/software/receive-signal.ts'

export const handler = serve(PutSoftwareDeploymentSignal, signalDependencies, async (deps, { path, query, body }) => {
  const at = { project: path.project_id, id: path.deployment_id, secret: query.secret ?? '' }
  await receiveSignal(deps, at, body)
  return { body: null }
})

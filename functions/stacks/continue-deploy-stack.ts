import { systemClock } from '../../shared/aws/clock.ts'
import { ContinueDeployStack } from '../../shared/contract/stacks.ts'
import { submit } from '../../shared/deployment/submit.ts'
import { serve } from '../../shared/http/serve.ts'
import { openJobQueue } from '../../shared/job/queue.ts'
import { loadStack } from '../../shared/stack/load.ts'
import { openStackStore } from '../../shared/stack/store.ts'

const dependencies = { stacks: openStackStore, queue: openJobQueue, clock: systemClock }

export const handler = serve(ContinueDeployStack, dependencies, async (deps, { path, body, fingerprint }) => {
  const seen = await loadStack(deps.stacks, path, body.stack_id)
  const { deploymentId } = await submit(deps, { seen, command: 'continueDeploy', fingerprint, now: deps.clock.now() })
  return { body: { deployment_id: deploymentId } }
})

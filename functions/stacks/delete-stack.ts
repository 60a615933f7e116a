import { systemClock } from '../../shared/aws/clock.ts'
import { DeleteStack } from '../../shared/contract/stacks.ts'
import { submit } from '../../shared/deployment/submit.ts'
import { serve } from '../../shared/http/serve.ts'
import { openJobQueue } from '../../shared/job/queue.ts'
import { loadStack } from '../../shared/stack/load.ts'
import { openStackStore } from '../../shared/stack/store.ts'

const dependencies = { stacks: openStackStore, queue: openJobQueue, clock: systemClock }

export const handler = serve(DeleteStack, dependencies, async (deps, { path, query, fingerprint }) => {
  const seen = await loadStack(deps.stacks, path, query.stack_id)
  await submit(deps, { seen, command: 'delete', fingerprint, now: deps.clock.now() })
  return {}
})

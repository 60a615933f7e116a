import { systemClock } from '../../shared/aws/clock.ts'
import { DeleteStackEnhanced } from '../../shared/contract/stacks.ts'
import { submit } from '../../shared/deployment/submit.ts'
import { serve } from '../../shared/http/serve.ts'
import { openJobQueue } from '../../shared/job/queue.ts'
import { loadStack } from '../../shared/stack/load.ts'
import { openStackStore } from '../../shared/stack/store.ts'

const dependencies = { stacks: openStackStore, queue: openJobQueue, clock: systemClock }

export const handler = serve(DeleteStackEnhanced, dependencies, async (deps, { path, body, fingerprint }) => {
  const seen = await loadStack(deps.stacks, path, body.stack_id)
  const command = body.retain_all_resources ? 'retain' : 'delete'
  await submit(deps, { seen, command, fingerprint, now: deps.clock.now() })
  return {}
})

import { systemClock } from '../../shared/aws/clock.ts'
import { RfsError } from '../../shared/contract/errors.ts'
import { UpdateStack } from '../../shared/contract/stacks.ts'
import { serve } from '../../shared/http/serve.ts'
import { decide } from '../../shared/stack/lifecycle.ts'
import { loadStack } from '../../shared/stack/load.ts'
import { openStackStore } from '../../shared/stack/store.ts'

const dependencies = { stacks: openStackStore, clock: systemClock }

export const handler = serve(UpdateStack, dependencies, async ({ stacks, clock }, { path, body }) => {
  const { stack_id: stackId, ...changes } = body
  const seen = await loadStack(stacks, path, stackId)
  if (Object.values(changes).every((value) => value === undefined)) {
    throw new RfsError('NothingToChange', 'Send at least one attribute to change.')
  }
  const switchesOn = changes.enable_auto_rollback === true && !seen.enableAutoRollback
  for (const command of ['update', ...(switchesOn ? (['enableAutoRollback'] as const) : [])] as const) {
    const decision = decide(seen, command)
    if (!decision.ok) throw new RfsError(decision.error, decision.detail)
  }
  const commit = await stacks.commit(seen, {
    ...seen,
    description: changes.description ?? seen.description,
    enableDeletionProtection: changes.enable_deletion_protection ?? seen.enableDeletionProtection,
    enableAutoRollback: changes.enable_auto_rollback ?? seen.enableAutoRollback,
    agencies: changes.agencies ?? seen.agencies,
    updatedAt: clock.now().toISOString(),
  })
  if (commit.outcome === 'missing') throw new RfsError('StackNotFound', `Stack ${seen.name} was deleted meanwhile.`)
  if (commit.outcome === 'conflict') throw new RfsError('StackBusy')
  return {}
})

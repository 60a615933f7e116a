import { openBlobs } from '../../shared/aws/blobs.ts'
import { systemClock } from '../../shared/aws/clock.ts'
import { RfsError } from '../../shared/contract/errors.ts'
import { DeleteExecutionPlan } from '../../shared/contract/execution-plans.ts'
import { planPrefix } from '../../shared/deployment/snapshots.ts'
import { serve } from '../../shared/http/serve.ts'
import { decideDelete } from '../../shared/plan/lifecycle.ts'
import { loadPlan } from '../../shared/plan/load.ts'
import { openPlanQuota } from '../../shared/plan/quota.ts'
import { statusOf } from '../../shared/plan/record.ts'
import { openPlanStore } from '../../shared/plan/store.ts'
import { openStackStore } from '../../shared/stack/store.ts'

const dependencies = {
  stacks: openStackStore,
  plans: openPlanStore,
  quota: openPlanQuota,
  blobs: openBlobs,
  clock: systemClock,
}

export const handler = serve(DeleteExecutionPlan, dependencies, async (deps, { path, query }) => {
  const { plans, quota, blobs, clock } = deps
  const { stack, plan } = await loadPlan(deps, path, query)
  const decision = decideDelete(statusOf(plan, stack))
  if (!decision.ok) throw new RfsError(decision.error, decision.detail)
  const mark = await quota.mark(stack.id)
  const removed = await plans.remove(plan)
  if (removed.outcome === 'conflict') throw new RfsError('StackBusy')
  if (removed.outcome === 'committed') await quota.release(stack.id, clock.now(), mark)
  await blobs.delete(await blobs.list(planPrefix(stack, plan.id)))
  return {}
})

/** Marks the plan that a stack's job carried out, whatever became of the deployment `[ApplyExecutionPlan]`. */
import type { AppliedPlan } from '../stack/record.ts'
import type { PlanStore } from './store.ts'

const mostRaces = 5

/**
 * Idempotent. Done before the job's outcome is committed, so that a plan never looks available again in between.
 * A plan that is gone needs no mark.
 */
export async function markApplied(plans: PlanStore, stackId: string, applied: AppliedPlan | undefined): Promise<void> {
  if (!applied) return
  for (let race = 0; race < mostRaces; race += 1) {
    const plan = await plans.find(stackId, applied.name)
    if (!plan || plan.id !== applied.id || plan.status === 'APPLIED') return
    const commit = await plans.commit(plan, { ...plan, status: 'APPLIED', appliedAt: applied.appliedAt })
    if (commit.outcome !== 'conflict') return
  }
  throw new Error(`plan ${applied.id} kept changing while it was being marked as applied`)
}

/**
 * The plan whose job is pending or running. Apart from the making of plans, which brings the runner's client along: who only
 * looks after jobs has no use for that.
 */
import type { JobMessage } from '../job/queue.ts'
import { isWorking, type Working } from '../job/record.ts'
import type { PlanRecord } from './record.ts'
import type { PlanStore } from './store.ts'

export type WorkingPlan = Working<PlanRecord>

const longestMessage = 1000

/** The plan whose job a message points at; undefined when that job is over. */
export async function findPlanJob(
  plans: PlanStore,
  { stackId, plan, jobId }: JobMessage,
): Promise<WorkingPlan | undefined> {
  const found = plan && (await plans.find(stackId, plan.name))
  return isWorking(found) && found.id === plan?.id && found.job.id === jobId ? found : undefined
}

/** The record of a plan that could not be made. Its name stays taken until it is deleted (DECISIONS). */
export function failedPlan(plan: WorkingPlan, message: string): PlanRecord {
  const { job: _over, ...rest } = plan
  return { ...rest, status: 'CREATION_FAILED', statusMessage: message.slice(0, longestMessage) }
}

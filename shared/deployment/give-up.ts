/** Ends a job that nobody can bring to its end: the stack or plan gets the failed status that fits, with a message. */
import type { Working } from '../job/record.ts'
import { markApplied } from '../plan/applied.ts'
import { failedPlan } from '../plan/plan-job.ts'
import type { PlanRecord } from '../plan/record.ts'
import type { PlanStore } from '../plan/store.ts'
import type { StackStore } from '../stack/store.ts'
import type { EventStore } from './events.ts'
import { ended, type WorkingStack } from './outcome.ts'
import type { DeploymentStore } from './record.ts'

export interface GiveUpDependencies {
  readonly stacks: StackStore
  readonly plans: PlanStore
  readonly events: EventStore
  readonly deployments: DeploymentStore
}

/**
 * Without an automatic rollback: a job that was given up says nothing about the template.
 * @returns false when somebody else changed the stack first.
 */
export async function giveUpStack(
  { stacks, plans, events, deployments }: GiveUpDependencies,
  stack: WorkingStack,
  message: string,
  now: Date,
): Promise<boolean> {
  const after = ended(stack, { succeeded: false, message }, now, {}, false)
  if (!after) throw new Error('a failure cannot remove a stack')
  const { deploymentId, attempt, plan } = stack.job
  await markApplied(plans, stack.id, plan)
  const committed = (await stacks.commit(stack, after)).outcome === 'committed'
  if (committed) {
    // Behind those of the last attempt; nobody else writes events of this deployment any more.
    const position = { stackId: stack.id, deploymentId, attempt: attempt + 1, first: 0 }
    await events.append(position, [{ time: now.toISOString(), type: 'ERROR', message }])
    await deployments.end(stack.id, deploymentId, 'failed', now)
  }
  return committed
}

/** @returns false when somebody else changed the plan first. */
export async function giveUpPlan(
  { plans }: { plans: PlanStore },
  plan: Working<PlanRecord>,
  message: string,
): Promise<boolean> {
  return (await plans.commit(plan, failedPlan(plan, message))).outcome === 'committed'
}

/** Ends a job that nobody is at work on, without running it: the stack or plan gets the status that fits, with a message. */
import type { EngineEvent } from '../engine/protocol.ts'
import type { Working } from '../job/record.ts'
import { markApplied } from '../plan/applied.ts'
import { failedPlan } from '../plan/plan-job.ts'
import type { PlanRecord } from '../plan/record.ts'
import type { PlanStore } from '../plan/store.ts'
import type { StackRecord } from '../stack/record.ts'
import type { StackCommit, StackStore } from '../stack/store.ts'
import type { EventStore } from './events.ts'
import { ended, endingWord, type Failure, type WorkingStack } from './outcome.ts'
import type { DeploymentStore } from './record.ts'

export interface GiveUpDependencies {
  readonly stacks: StackStore
  readonly plans: PlanStore
  readonly events: EventStore
  readonly deployments: DeploymentStore
}

export interface IdleEnding {
  readonly failure: Failure
  /** What is told about it. */
  readonly told: readonly Pick<EngineEvent, 'type' | 'message'>[]
  /** What else changes in the record. */
  readonly change?: Partial<StackRecord>
}

/** Ends a job between two attempts. Its events stand behind those of the last one, and before those of a rollback. */
export async function endIdleJob(
  { stacks, plans, events, deployments }: GiveUpDependencies,
  stack: WorkingStack,
  { failure, told, change = {} }: IdleEnding,
  now: Date,
): Promise<StackCommit> {
  const { deploymentId, kind, plan } = stack.job
  const attempt = stack.job.attempt + 1
  const after = ended({ ...stack, job: { ...stack.job, attempt } }, failure, now)
  if (!after) throw new Error('a failure cannot remove a stack')
  await markApplied(plans, stack.id, plan)
  const commit = await stacks.commit(stack, { ...after, ...change })
  if (commit.outcome === 'committed') {
    const time = now.toISOString()
    const position = { stackId: stack.id, deploymentId, attempt, first: 0 }
    await events.append(
      position,
      told.map((event) => ({ ...event, time })),
    )
    await deployments.begin(stack.id, { deploymentId, attempt }, kind, now)
    await deployments.end(stack.id, { deploymentId, attempt }, endingWord(failure), now)
  }
  return commit
}

/**
 * Without an automatic rollback: a job that was given up says nothing about the template.
 * @returns false when somebody else changed the stack first.
 */
export async function giveUpStack(
  dependencies: GiveUpDependencies,
  stack: WorkingStack,
  message: string,
  now: Date,
): Promise<boolean> {
  const failure: Failure = { succeeded: false, message, rollBack: false }
  const told = [{ type: 'ERROR' as const, message }]
  return (await endIdleJob(dependencies, stack, { failure, told }, now)).outcome === 'committed'
}

/** @returns false when somebody else changed the plan first. */
export async function giveUpPlan(
  { plans }: { plans: PlanStore },
  plan: Working<PlanRecord>,
  message: string,
): Promise<boolean> {
  return (await plans.commit(plan, failedPlan(plan, message))).outcome === 'committed'
}

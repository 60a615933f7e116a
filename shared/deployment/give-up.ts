/**
 * Ends a job that nobody is at work on, without running it: the stack or plan gets the status that fits, with a message.
 * Whoever ends the job of a stack claims it first, as a worker does: what is told about the end is written before the end is
 * committed, and nobody else writes meanwhile. Who dies on the way leaves a job that is due again.
 */
import type { EngineEvent } from '../engine/protocol.ts'
import { ClaimLost, claimOnce, commitClaimed } from '../job/claim.ts'
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
  /** See `singleHostId`. */
  readonly hostId?: string | undefined
}

/** No function that ends jobs without running them may take longer. */
const leaseSeconds = 60

export interface IdleEnding {
  readonly failure: Failure
  /** What is told about it. */
  readonly told: readonly Pick<EngineEvent, 'type' | 'message'>[]
  /** What else changes in the record. */
  readonly change?: Partial<StackRecord>
}

async function end(
  { stacks, plans, events, deployments }: GiveUpDependencies,
  stack: WorkingStack,
  { failure, told, change = {} }: IdleEnding,
  now: Date,
): Promise<StackRecord> {
  const { id: stackId, job } = stack
  const { deploymentId, attempt, kind, plan } = job
  await deployments.begin(stackId, job, kind, now)
  const time = now.toISOString()
  const all = told.map((event) => ({ ...event, time }))
  await events.append({ stackId, deploymentId, attempt, first: 0 }, all)
  await markApplied(plans, stackId, plan)
  await deployments.end(stackId, job, endingWord(failure), now)
  return commitClaimed(stacks, stack, (current) => {
    const after = ended(current, failure, now)
    if (!after) throw new Error('a failure cannot remove a stack')
    return { ...after, ...change }
  })
}

/** A job that is late stays so: this is no beginning of its work. */
async function withoutTime(stack: WorkingStack): Promise<WorkingStack> {
  const { job } = stack
  return { ...stack, job: { ...job, finishBefore: job.finishBefore ?? job.startBefore } }
}

/** Ends a job between two attempts, as an attempt of its own. `conflict` and `missing` say that somebody else came first. */
export async function endIdleJob(
  deps: GiveUpDependencies,
  seen: WorkingStack,
  ending: IdleEnding,
  now: Date,
): Promise<StackCommit> {
  const leaseUntil = new Date(now.getTime() + leaseSeconds * 1000)
  const claim = await claimOnce(deps.stacks, seen, { now, leaseUntil, hostId: deps.hostId, recover: withoutTime })
  if (claim.outcome !== 'committed') return claim
  return { outcome: 'committed', record: await end(deps, claim.record, ending, now) }
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
  try {
    return (await endIdleJob(dependencies, stack, { failure, told }, now)).outcome === 'committed'
  } catch (error) {
    if (error instanceof ClaimLost) return false
    throw error
  }
}

/** @returns false when somebody else changed the plan first. */
export async function giveUpPlan(
  { plans }: { plans: PlanStore },
  plan: Working<PlanRecord>,
  message: string,
): Promise<boolean> {
  return (await plans.commit(plan, failedPlan(plan, message))).outcome === 'committed'
}

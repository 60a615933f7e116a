/** How a job changes the stack's record: claims, interruptions and endings, as pure functions of the record. */
import { canRollBack, type JobOutcome, settle } from '../stack/lifecycle.ts'
import type { Job, StackRecord } from '../stack/record.ts'
import { newJob } from './submit.ts'

/** A stack whose job is pending or running. */
export type Working = StackRecord & { readonly job: Job }

/** What a run left behind. Absent keys: nothing new was saved. */
export interface RunTrace {
  readonly stateKey?: string | undefined
  readonly viewKey?: string | undefined
  readonly mayHaveResources?: boolean | undefined
}

/** A job that runs longer than this ends with a failure. */
const finishWithinSeconds = 6 * 3600
const longestMessage = 1000

export function isWorking(stack: StackRecord | undefined): stack is Working {
  return stack?.job !== undefined
}

/**
 * True while somebody else may be at work on the job.
 * @param hostId this start of the machine, where all workers live on one: a claim of an earlier start is dead
 */
export function isLeased({ claim }: Job, now: Date, hostId?: string): boolean {
  return claim !== undefined && claim.hostId === hostId && Date.parse(claim.leaseUntil) > now.getTime()
}

/** Why a job must not be started or continued any more; undefined while it may. */
export function overdue(job: Job, now: Date): string | undefined {
  const hours = finishWithinSeconds / 3600
  if (job.finishBefore === undefined) {
    return now.toISOString() > job.startBefore ? 'The request waited in the queue for longer than 6 hours.' : undefined
  }
  return now.toISOString() > job.finishBefore ? `The request did not finish within ${hours} hours.` : undefined
}

/** The record under a new claim: the attempt is counted, and whoever held an older claim is fenced off by it. */
export function claimed(
  stack: Working,
  claim: { token: string; leaseUntil: Date; hostId?: string | undefined },
  now: Date,
  recovered: RunTrace = {},
): Working {
  const finishBefore = stack.job.finishBefore ?? new Date(now.getTime() + finishWithinSeconds * 1000).toISOString()
  return {
    ...stack,
    ...trace(recovered),
    job: {
      ...stack.job,
      attempt: stack.job.attempt + 1,
      finishBefore,
      claim: {
        token: claim.token,
        leaseUntil: claim.leaseUntil.toISOString(),
        ...(claim.hostId ? { hostId: claim.hostId } : {}),
      },
    },
  }
}

function trace({ stateKey, viewKey, mayHaveResources }: RunTrace): Partial<StackRecord> {
  return {
    ...(stateKey === undefined ? {} : { stateKey }),
    ...(viewKey === undefined ? {} : { viewKey }),
    ...(mayHaveResources === undefined ? {} : { mayHaveResources }),
  }
}

/** The record of a job that goes on in another delivery: nobody holds it, and it is due again. */
export function released(stack: Working, now: Date, run: RunTrace = {}, died = false): Working {
  const { claim: _claim, ...job } = stack.job
  const deaths = (job.deaths ?? 0) + (died ? 1 : 0)
  return {
    ...stack,
    ...trace(run),
    job: { ...job, queuedAt: now.toISOString(), resends: 0, ...(deaths > 0 ? { deaths } : {}) },
  }
}

/** The record of a job whose message the sweeper sends again. */
export function resent(stack: Working, now: Date): Working {
  const { claim: _claim, ...job } = stack.job
  return { ...stack, job: { ...job, queuedAt: now.toISOString(), resends: job.resends + 1 } }
}

export type Ending = { readonly succeeded: true } | { readonly succeeded: false; readonly message: string }

function outcomeOf(stack: Working, ending: Ending, rollBack: boolean): JobOutcome {
  if (ending.succeeded) return 'succeed'
  return rollBack && stack.enableAutoRollback && canRollBack(stack.status) ? 'failAndRollBack' : 'fail'
}

function snapshotsAfter(stack: Working, ending: Ending): Pick<StackRecord, 'target' | 'stable'> {
  const { target, stable, job } = stack
  if (!ending.succeeded || job.kind === 'delete' || job.kind === 'forget') return { target, stable }
  return job.kind === 'deploy' ? { target, stable: target } : { target: stable, stable }
}

/**
 * The record after a job. A failed deployment of a stack with auto-rollback puts the rollback's job into the same record, so
 * that it cannot be forgotten; that job keeps the deployment's id, and its events follow in the same list (DECISIONS).
 * @param rollBack false where a failure says nothing about the template, as when the service gave the job up
 * @returns undefined when the stack is gone
 */
export function ended(
  stack: Working,
  ending: Ending,
  now: Date,
  run: RunTrace = {},
  rollBack = true,
): StackRecord | undefined {
  const outcome = outcomeOf(stack, ending, rollBack)
  const status = settle(stack.status, outcome)
  if (status === 'GONE') return undefined
  const { job, statusMessage: _old, previous, ...kept } = stack
  const rollsBack = outcome === 'failAndRollBack'
  return {
    ...kept,
    ...snapshotsAfter(stack, ending),
    ...trace(run),
    status,
    updatedAt: now.toISOString(),
    ...(ending.succeeded ? {} : { statusMessage: ending.message.slice(0, longestMessage) }),
    ...(rollsBack ? { job: newJob('rollback', job.deploymentId, now, job.attempt), previous } : {}),
  }
}

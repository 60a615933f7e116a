/** How a job's end changes the stack's record. Pure. */
import type { Working } from '../job/record.ts'
import { canRollBack, type JobOutcome, settle } from '../stack/lifecycle.ts'
import type { Cancellation, StackJob, StackRecord } from '../stack/record.ts'
import { newStackJob } from './submit.ts'
import { withAllSettled } from './unsettled.ts'

/** A stack whose job is pending or running. */
export type WorkingStack = Working<StackRecord>

/** What a run left behind. Absent keys: nothing new was saved. */
export interface RunTrace {
  readonly stateKey?: string | undefined
  readonly viewKey?: string | undefined
  readonly mayHaveResources?: boolean | undefined
  /** The state holds all that events of this and of earlier runs tell of, or an event says what it lacks. */
  readonly settled?: boolean | undefined
}

const longestMessage = 1000

/** A record with what a run of its job left behind. */
export function withTrace<Stack extends StackRecord>(
  stack: Stack,
  { stateKey, viewKey, mayHaveResources, settled }: RunTrace,
): Stack {
  const { job } = stack
  return {
    ...(settled ? withAllSettled(stack) : stack),
    ...(stateKey === undefined ? {} : { stateKey }),
    ...(viewKey === undefined ? {} : { viewKey }),
    ...(viewKey && job ? { job: { ...job, viewedAttempt: job.attempt } } : {}),
    ...(mayHaveResources === undefined ? {} : { mayHaveResources }),
  }
}

/** Its attempts count on, so that its events follow in the same list. */
function rollbackOf({ deploymentId, attempt, viewedAttempt }: StackJob, now: Date): StackJob {
  const job = newStackJob('rollback', deploymentId, now, attempt)
  return viewedAttempt === undefined ? job : { ...job, viewedAttempt }
}

export interface Failure {
  readonly succeeded: false
  readonly message: string
  /** Whether a rollback follows where one can; as the stack's flag says, when absent. */
  readonly rollBack?: boolean
  readonly cancelled?: boolean
}

export type Ending = { readonly succeeded: true } | Failure

/** As the history of deployments has it. */
export function endingWord(ending: Ending): string {
  if (ending.succeeded) return 'succeeded'
  return ending.cancelled ? 'cancelled' : 'failed'
}

/** How a run ended: with an outcome of its job, or so that another delivery has to go on. `busy`: it could not begin. */
export type RunEnding = Ending | 'interrupted' | 'died' | 'busy'

export function requestedBy({ by }: Cancellation): string {
  return `Cancellation requested by ${by}.`
}

/** The end of a job that somebody cancelled. @param failure why the engine had failed by itself before that */
export function cancelledEnding({ by, rollBack }: Cancellation, failure?: string): Failure {
  const message = `Cancelled by ${by}.${failure === undefined ? '' : ` It had failed before: ${failure}`}`
  return { succeeded: false, message, rollBack, cancelled: true }
}

/** What a run means for its job. A cancellation decides, unless it came too late: what succeeded has succeeded. */
export function verdictOn(ending: RunEnding, { cancellation }: Pick<StackJob, 'cancellation'>): RunEnding {
  if (cancellation === undefined) return ending
  if (typeof ending === 'string') return cancelledEnding(cancellation)
  return ending.succeeded ? ending : cancelledEnding(cancellation, ending.message)
}

function outcomeOf(stack: WorkingStack, ending: Ending): JobOutcome {
  if (ending.succeeded) return 'succeed'
  return (ending.rollBack ?? stack.enableAutoRollback) && canRollBack(stack.status) ? 'failAndRollBack' : 'fail'
}

function snapshotsAfter(stack: WorkingStack, ending: Ending): Pick<StackRecord, 'target' | 'stable'> {
  const { target, stable, job } = stack
  if (!ending.succeeded || job.kind === 'delete' || job.kind === 'forget') return { target, stable }
  return job.kind === 'deploy' ? { target, stable: target } : { target: stable, stable }
}

/**
 * The record after a job. A failed deployment of a stack with auto-rollback puts the rollback's job into the same record, so
 * that it cannot be forgotten; that job keeps the deployment's id, and its events follow in the same list (DECISIONS).
 * @returns undefined when the stack is gone
 */
export function ended(stack: WorkingStack, ending: Ending, now: Date, run: RunTrace = {}): StackRecord | undefined {
  const outcome = outcomeOf(stack, ending)
  const status = settle(stack.status, outcome)
  if (status === 'GONE') return undefined
  const { job, statusMessage: _old, previous, ...kept } = withTrace(stack, run)
  const rollsBack = outcome === 'failAndRollBack'
  return {
    ...kept,
    ...snapshotsAfter(stack, ending),
    status,
    updatedAt: now.toISOString(),
    ...(ending.succeeded ? {} : { statusMessage: ending.message.slice(0, longestMessage) }),
    ...(rollsBack ? { job: rollbackOf(job, now), previous } : {}),
  }
}

/** The record of a deletion that has only the stack itself left to do: what it would show or go back to is being deleted. */
export function erasing(stack: WorkingStack): WorkingStack {
  const { target: _target, stable: _stable, previous: _previous, stateKey: _state, viewKey: _view, ...kept } = stack
  return { ...withAllSettled(kept), mayHaveResources: false, job: { ...stack.job, erasing: true } }
}

/** How a job's end changes the stack's record. Pure. */
import type { Working } from '../job/record.ts'
import { canRollBack, type JobOutcome, settle } from '../stack/lifecycle.ts'
import type { StackRecord } from '../stack/record.ts'
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

/** A record with what a run left behind. */
export function withTrace<Stack extends StackRecord>(
  stack: Stack,
  { stateKey, viewKey, mayHaveResources, settled }: RunTrace,
): Stack {
  return {
    ...(settled ? withAllSettled(stack) : stack),
    ...(stateKey === undefined ? {} : { stateKey }),
    ...(viewKey === undefined ? {} : { viewKey }),
    ...(mayHaveResources === undefined ? {} : { mayHaveResources }),
  }
}

export type Ending = { readonly succeeded: true } | { readonly succeeded: false; readonly message: string }

function outcomeOf(stack: WorkingStack, ending: Ending, rollBack: boolean): JobOutcome {
  if (ending.succeeded) return 'succeed'
  return rollBack && stack.enableAutoRollback && canRollBack(stack.status) ? 'failAndRollBack' : 'fail'
}

function snapshotsAfter(stack: WorkingStack, ending: Ending): Pick<StackRecord, 'target' | 'stable'> {
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
  stack: WorkingStack,
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
    ...withTrace(kept, run),
    ...snapshotsAfter(stack, ending),
    status,
    updatedAt: now.toISOString(),
    ...(ending.succeeded ? {} : { statusMessage: ending.message.slice(0, longestMessage) }),
    ...(rollsBack ? { job: newStackJob('rollback', job.deploymentId, now, job.attempt), previous } : {}),
  }
}

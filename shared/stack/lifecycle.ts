/**
 * What a stack may do in which status, what it becomes, and how it is refused otherwise: one table, everything else is
 * computed from it. Sources: `[CreateStack]` `[DeployStack]` `[ContinueDeployStack]` `[ContinueRollbackStack]` `[UpdateStack]`
 * `[DeleteStack]` `[CreateExecutionPlan]` `[ApplyExecutionPlan]`, and DECISIONS where they are silent. Nothing here reads a clock, a store or a request.
 */
import type { StackStatus } from '../contract/enums.ts'
import type { ErrorName } from '../contract/errors.ts'

/** What a caller asks for. A cancellation only asks the job to end: the status changes when it has. */
export const stackCommands = [
  'deploy',
  'continueDeploy',
  'continueRollback',
  'createPlan',
  'applyPlan',
  'update',
  'enableAutoRollback',
  'delete',
  'retain',
  'cancel',
  'cancelAndRollBack',
] as const
export type StackCommand = (typeof stackCommands)[number]

/** How a job ends. `failAndRollBack`: it failed on a stack with auto-rollback. */
export const jobOutcomes = ['succeed', 'fail', 'failAndRollBack'] as const
export type JobOutcome = (typeof jobOutcomes)[number]

/** What the worker does. `forget` is a deletion that leaves the resources alone. */
export type JobKind = 'deploy' | 'rollback' | 'delete' | 'forget'

/** The status after a completed deletion: the stack is not returned any more. */
export type NextStatus = StackStatus | 'GONE'

type Row = Partial<Record<StackCommand, StackStatus> & Record<JobOutcome, NextStatus>>

function whenFinal(status: StackStatus): Row {
  return {
    deploy: 'DEPLOYMENT_IN_PROGRESS',
    createPlan: status,
    applyPlan: 'DEPLOYMENT_IN_PROGRESS',
    update: status,
    delete: 'DELETION_IN_PROGRESS',
    retain: 'DELETION_IN_PROGRESS',
  }
}

const table: Record<StackStatus, Row> = {
  CREATION_COMPLETE: { ...whenFinal('CREATION_COMPLETE'), enableAutoRollback: 'CREATION_COMPLETE' },
  DEPLOYMENT_IN_PROGRESS: {
    cancel: 'DEPLOYMENT_IN_PROGRESS',
    cancelAndRollBack: 'DEPLOYMENT_IN_PROGRESS',
    succeed: 'DEPLOYMENT_COMPLETE',
    fail: 'DEPLOYMENT_FAILED',
    failAndRollBack: 'ROLLBACK_IN_PROGRESS',
  },
  DEPLOYMENT_COMPLETE: { ...whenFinal('DEPLOYMENT_COMPLETE'), enableAutoRollback: 'DEPLOYMENT_COMPLETE' },
  DEPLOYMENT_FAILED: { ...whenFinal('DEPLOYMENT_FAILED'), continueDeploy: 'DEPLOYMENT_IN_PROGRESS' },
  ROLLBACK_IN_PROGRESS: { cancel: 'ROLLBACK_IN_PROGRESS', succeed: 'ROLLBACK_COMPLETE', fail: 'ROLLBACK_FAILED' },
  ROLLBACK_COMPLETE: { ...whenFinal('ROLLBACK_COMPLETE'), enableAutoRollback: 'ROLLBACK_COMPLETE' },
  ROLLBACK_FAILED: { ...whenFinal('ROLLBACK_FAILED'), continueRollback: 'ROLLBACK_IN_PROGRESS' },
  DELETION_IN_PROGRESS: { cancel: 'DELETION_IN_PROGRESS', succeed: 'GONE', fail: 'DELETION_FAILED' },
  DELETION_FAILED: whenFinal('DELETION_FAILED'),
}

const refusals: Record<StackCommand, ErrorName> = {
  deploy: 'DeployInWrongStatus',
  continueDeploy: 'ContinueDeployInWrongStatus',
  continueRollback: 'ContinueRollbackInWrongStatus',
  createPlan: 'PlanInWrongStatus',
  applyPlan: 'ApplyInWrongStackStatus',
  update: 'UpdateInWrongStatus',
  enableAutoRollback: 'AutoRollbackInWrongStatus',
  delete: 'DeleteInWrongStatus',
  retain: 'DeleteInWrongStatus',
  cancel: 'CancelInWrongStatus',
  cancelAndRollBack: 'CancelInWrongStatus',
}

const jobs: Partial<Record<StackCommand, JobKind>> = {
  deploy: 'deploy',
  continueDeploy: 'deploy',
  continueRollback: 'rollback',
  applyPlan: 'deploy',
  delete: 'delete',
  retain: 'forget',
}

export type Decision =
  | { readonly ok: true; readonly next: StackStatus; readonly job?: JobKind }
  | { readonly ok: false; readonly error: ErrorName; readonly detail: string }

interface Decidable {
  readonly status: StackStatus
  readonly enableDeletionProtection: boolean
}

/** The statuses in which a command is allowed. */
export function statusesAllowing(command: StackCommand): StackStatus[] {
  return (Object.keys(table) as StackStatus[]).filter((status) => table[status][command] !== undefined)
}

/** Decides on a command from the status that was read. Refusals say in which statuses the command is allowed. */
export function decide(stack: Decidable, command: StackCommand): Decision {
  const next = table[stack.status][command]
  if (next === undefined) {
    const allowed = statusesAllowing(command).join(', ')
    return { ok: false, error: refusals[command], detail: `The stack is ${stack.status}; this needs ${allowed}.` }
  }
  if (stack.enableDeletionProtection && (command === 'delete' || command === 'retain')) {
    return { ok: false, error: 'DeletionProtected', detail: 'Switch enable_deletion_protection off first.' }
  }
  const job = jobs[command]
  return job === undefined ? { ok: true, next } : { ok: true, next, job }
}

/**
 * The status after a job ended.
 * @throws Error when the table has no such ending: a job that runs in a status that has none is a defect, never a request's fault.
 */
export function settle(status: StackStatus, outcome: JobOutcome): NextStatus {
  const next = table[status][outcome]
  if (next === undefined) throw new Error(`no job of a stack in ${status} can end with ${outcome}`)
  return next
}

/** True while a job of the stack is pending or running. */
export function isInFlight(status: StackStatus): boolean {
  return table[status].succeed !== undefined
}

/** True when the last job of the stack failed. */
export function isFailed(status: StackStatus): boolean {
  return status.endsWith('_FAILED')
}

/** True when a failed job of this status may be followed by an automatic rollback. */
export function canRollBack(status: StackStatus): boolean {
  return table[status].failAndRollBack !== undefined
}

/** What the service keeps about a stack. One item of the table holds all of it, so that one write can change all of it. */
import type { StackStatus } from '../contract/enums.ts'
import type { Agency } from '../contract/fields.ts'
import type { Job } from '../job/record.ts'
import type { JobKind } from './lifecycle.ts'

/** A template and its variables as they were asked for; both are immutable blobs. */
export interface Snapshot {
  readonly deploymentId: string
  readonly templateKey: string
  readonly variablesKey?: string
  /** The template takes resources over that exist: going back from it would destroy them. */
  readonly imports?: boolean
}

/** The execution plan that a job carries out. */
export interface AppliedPlan {
  readonly id: string
  readonly name: string
  readonly appliedAt: string
  /** The engine's saved plan. It fits the state it was made from only: a job that changed that goes on with the template. */
  readonly fileKey: string
  readonly madeFromStateKey?: string
}

/** Somebody wants a job to be stopped. */
export interface Cancellation {
  /** Who, as everybody in the project may read it. */
  readonly by: string
  readonly requestedAt: string
  /** Whether a rollback follows. */
  readonly rollBack: boolean
}

/** The job of a stack. */
export interface StackJob extends Job {
  readonly kind: JobKind
  readonly deploymentId: string
  readonly plan?: AppliedPlan
  /** The events of attempts up to this one are in the view already. */
  readonly viewedAttempt?: number
  /** Once it is there the job only ends. */
  readonly cancellation?: Cancellation
  /** A deletion whose resources are gone: what is left to do is to forget the stack. */
  readonly erasing?: boolean
}

/** One attempt at a job: one run of the engine. Attempts count on through the jobs of a deployment, so this is unique. */
export interface RunRef {
  readonly deploymentId: string
  readonly attempt: number
}

/** Runs that began and whose end nobody saw, or not in order: the state may lack what their events tell of. */
export interface Unsettled {
  readonly since: RunRef
  /** The last run that began: what it saved as the state may not be in the record. */
  readonly last: RunRef
}

/** The last command that put a job, so that a client that lost the answer can repeat the request. */
export interface LastCommand {
  readonly fingerprint: string
  readonly deploymentId?: string
}

/** The last cancellation, so that a repetition of its request does not cancel what came after it. */
export interface LastCancellation {
  readonly fingerprint: string
  readonly jobId: string
  readonly deploymentId: string
}

export interface StackRecord {
  readonly project: string
  readonly name: string
  readonly id: string
  readonly description?: string
  readonly agencies?: readonly Agency[]
  readonly enableDeletionProtection: boolean
  readonly enableAutoRollback: boolean
  readonly status: StackStatus
  readonly statusMessage?: string
  readonly createdAt: string
  readonly updatedAt: string
  /** Raised by every write; the condition of the next one. */
  readonly version: number
  /** Raised by every command that may change resources; execution plans made at an older one are expired. */
  readonly generation: number
  readonly job?: StackJob
  readonly lastCommand?: LastCommand
  readonly lastCancellation?: LastCancellation
  /** The last template asked for. */
  readonly target?: Snapshot
  /** The last one that deployed; what a rollback restores. Absent: a rollback destroys everything. */
  readonly stable?: Snapshot
  /** What was the target before the deployment in progress; shown while it runs `[GetStackTemplate]`. */
  readonly previous?: Snapshot
  /** The engine's state, as the last attempt left it. */
  readonly stateKey?: string
  /** Written with the claim of each run and removed when it ends in order: so it outlives workers, and jobs that are given up. */
  readonly unsettled?: Unsettled
  /** Resources and outputs of that state, as they are shown. */
  readonly viewKey?: string
  /** Whether the state may hold resources; a stack without any needs no engine to be deleted. */
  readonly mayHaveResources: boolean
}

/** Those that are there, each one once. */
export function differentSnapshots(snapshots: readonly (Snapshot | undefined)[]): Snapshot[] {
  const there = snapshots.filter((snapshot) => snapshot !== undefined)
  const same = (one: Snapshot, other: Snapshot) =>
    one.templateKey === other.templateKey && one.variablesKey === other.variablesKey
  return there.filter((snapshot, at) => there.findIndex((other) => same(snapshot, other)) === at)
}

/** Every blob that a record points to. What an older record points to and a newer one does not may be deleted. */
export function referencedBlobs(stack: StackRecord): ReadonlySet<string> {
  const snapshots = [stack.target, stack.stable, stack.previous]
  const keys = [
    ...snapshots.flatMap((snapshot) => [snapshot?.templateKey, snapshot?.variablesKey]),
    stack.stateKey,
    stack.viewKey,
  ]
  return new Set(keys.filter((key) => key !== undefined))
}

/** The blobs that a change left unreferenced. */
export function unreferencedBlobs(before: StackRecord, after: StackRecord): string[] {
  const kept = referencedBlobs(after)
  return [...referencedBlobs(before)].filter((key) => !kept.has(key))
}

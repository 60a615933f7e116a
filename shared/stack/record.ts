/** What the service keeps about a stack. One item of the table holds all of it, so that one write can change all of it. */
import type { StackStatus } from '../contract/enums.ts'
import type { Agency } from '../contract/fields.ts'
import type { JobKind } from './lifecycle.ts'

/** A template and its variables as they were asked for; both are immutable blobs. */
export interface Snapshot {
  readonly deploymentId: string
  readonly templateKey: string
  readonly variablesKey?: string
}

/**
 * The pending or running job. It lives in the stack's item (an outbox): the message on the queue only points at it.
 * All times are RFC 3339 UTC with milliseconds.
 */
export interface Job {
  readonly id: string
  readonly kind: JobKind
  readonly deploymentId: string
  /** How often the job was claimed; counts on through an automatic rollback, so that events of one deployment sort by it. */
  readonly attempt: number
  /** When a message for it was last sent. */
  readonly queuedAt: string
  /** How often the sweeper sent one again. */
  readonly resends: number
  /** How often the engine's host died under it; a job that keeps killing it is given up. */
  readonly deaths?: number
  /** A job that nobody picked up until then fails (6 hours after it was queued `[umn:constraints_and_limitations]`). */
  readonly startBefore: string
  /** Set by the first claim: a job that still runs then is interrupted for good. */
  readonly finishBefore?: string
  /** The present claim. Absent while the job waits. */
  readonly claim?: Claim
}

export interface Claim {
  readonly token: string
  /** Nobody else may take the job before. */
  readonly leaseUntil: string
  /** The start of the machine that the claimer lived on, where all live on one. */
  readonly hostId?: string
}

/** The last command that put a job, so that a client that lost the answer can repeat the request. */
export interface LastCommand {
  readonly fingerprint: string
  readonly deploymentId?: string
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
  readonly job?: Job
  readonly lastCommand?: LastCommand
  /** The last template asked for. */
  readonly target?: Snapshot
  /** The last one that deployed; what a rollback restores. Absent: a rollback destroys everything. */
  readonly stable?: Snapshot
  /** What was the target before the deployment in progress; shown while it runs `[GetStackTemplate]`. */
  readonly previous?: Snapshot
  /** The engine's state, as the last attempt left it. */
  readonly stateKey?: string
  /** Resources and outputs of that state, as they are shown. */
  readonly viewKey?: string
  /** Whether the state may hold resources; a stack without any needs no engine to be deleted. */
  readonly mayHaveResources: boolean
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

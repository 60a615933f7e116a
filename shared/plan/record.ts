/** What the service keeps about an execution plan. */
import type { PlanStatus } from '../contract/enums.ts'
import type { PlanCounts } from '../engine/protocol.ts'
import type { Job } from '../job/record.ts'
import type { Snapshot, StackRecord } from '../stack/record.ts'

export interface PlanRecord {
  readonly project: string
  readonly stackName: string
  readonly stackId: string
  readonly name: string
  readonly id: string
  readonly description?: string
  /** As far as the plan itself knows; see `statusOf`. */
  readonly status: Exclude<PlanStatus, 'APPLY_IN_PROGRESS'>
  readonly statusMessage?: string
  readonly createdAt: string
  readonly appliedAt?: string
  readonly version: number
  /** The stack's generation when the plan was asked for; a stack that moved on has expired the plan. */
  readonly generation: number
  readonly inputs: Snapshot
  readonly imports: boolean
  readonly job?: Job
  /** Of the request that asked for it, so that a repetition of it gets the same answer. */
  readonly fingerprint: string
  /** The engine's saved plan, what it says item by item, and the state it was made from. */
  readonly fileKey?: string
  readonly itemsKey?: string
  readonly stateKey?: string
  readonly counts?: PlanCounts
}

/**
 * The status as it is shown. Applying commits on the stack's item alone, so while its job carries the plan out, the stack
 * knows better than the plan's own item.
 */
export function statusOf(plan: Pick<PlanRecord, 'id' | 'status'>, stack: Pick<StackRecord, 'job'>): PlanStatus {
  return stack.job?.plan?.id === plan.id ? 'APPLY_IN_PROGRESS' : plan.status
}

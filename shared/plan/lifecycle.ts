/**
 * What an execution plan may do in which status, and how it is refused otherwise. Sources: `[ApplyExecutionPlan]`
 * `[DeleteExecutionPlan]` `[ListExecutionPlans]`. Pure.
 */
import type { PlanStatus } from '../contract/enums.ts'
import type { ErrorName } from '../contract/errors.ts'

export const planCommands = ['apply', 'delete', 'showItems'] as const
export type PlanCommand = (typeof planCommands)[number]

const table: Record<PlanStatus, readonly PlanCommand[]> = {
  CREATION_IN_PROGRESS: [],
  CREATION_FAILED: ['delete'],
  AVAILABLE: ['apply', 'delete', 'showItems'],
  APPLY_IN_PROGRESS: ['showItems'],
  APPLIED: ['delete', 'showItems'],
}

export type PlanDecision =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: ErrorName; readonly detail: string }

/** True when the plan's items and summary exist `[GetExecutionPlanMetadata]`. */
export function hasItems(status: PlanStatus): boolean {
  return table[status].includes('showItems')
}

/** Deletion: by the plan's status only. */
export function decideDelete(status: PlanStatus): PlanDecision {
  if (table[status].includes('delete')) return { ok: true }
  return { ok: false, error: 'DeletePlanInWrongStatus', detail: `The plan is ${status}; wait until that is over.` }
}

/**
 * Application: a plan in the right status, made for the stack as it still is. Any deployment, rollback or deletion raises
 * the stack's generation and so expires every plan made before it.
 */
export function decideApply(plan: { status: PlanStatus; generation: number }, stackGeneration: number): PlanDecision {
  if (!table[plan.status].includes('apply')) {
    return { ok: false, error: 'ApplyInWrongPlanStatus', detail: `The plan is ${plan.status}; this needs AVAILABLE.` }
  }
  if (plan.generation !== stackGeneration) {
    return { ok: false, error: 'PlanExpired', detail: 'Create a new execution plan and apply that one.' }
  }
  return { ok: true }
}

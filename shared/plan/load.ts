/** The execution plan that a request names, with its stack, or the refusal. */
import { RfsError } from '../contract/errors.ts'
import { loadStack, type StackPath } from '../stack/load.ts'
import type { StackRecord } from '../stack/record.ts'
import type { StackStore } from '../stack/store.ts'
import type { PlanRecord } from './record.ts'
import type { PlanStore } from './store.ts'

export interface PlanPath extends StackPath {
  readonly execution_plan_name: string
}

/** What the caller believes the ids to be: guards against names that were re-used. */
export interface ExpectedIds {
  readonly stack_id?: string | undefined
  readonly execution_plan_id?: string | undefined
}

export interface LoadedPlan {
  readonly stack: StackRecord
  readonly plan: PlanRecord
}

/** @throws RfsError `StackNotFound`, `StackIdMismatch`, `PlanNotFound` or `PlanIdMismatch`. */
export async function loadPlan(
  { stacks, plans }: { stacks: StackStore; plans: PlanStore },
  path: PlanPath,
  expected: ExpectedIds,
): Promise<LoadedPlan> {
  const stack = await loadStack(stacks, path, expected.stack_id)
  const name = path.execution_plan_name
  const plan = await plans.find(stack.id, name)
  if (!plan) throw new RfsError('PlanNotFound', `Stack ${stack.name} has no execution plan named ${name}.`)
  if (expected.execution_plan_id !== undefined && expected.execution_plan_id !== plan.id) {
    throw new RfsError('PlanIdMismatch', `${name} is another plan now; leave execution_plan_id out or correct it.`)
  }
  return { stack, plan }
}

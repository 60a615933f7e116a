/** Which runs of a stack are unsettled: begun, and not known to have left a state that holds all they told. Pure. */
import type { RunRef, StackRecord } from '../stack/record.ts'
import type { WorkingStack } from './outcome.ts'

/** Negative, zero or positive. Ids of deployments sort by time. */
export function compareRuns(one: RunRef, other: RunRef): number {
  if (one.deploymentId !== other.deploymentId) return one.deploymentId < other.deploymentId ? -1 : 1
  return one.attempt - other.attempt
}

/** The record with the run noted that its next claim begins. */
export function withRunBegun(stack: WorkingStack): WorkingStack {
  const { deploymentId, attempt } = stack.job
  const last = { deploymentId, attempt: attempt + 1 }
  return { ...stack, unsettled: { since: stack.unsettled?.since ?? last, last } }
}

/** The first run, before the one that is at work, from which on the state may lack something. */
export function unsettledBefore({ unsettled, job }: WorkingStack): RunRef | undefined {
  return unsettled && compareRuns(unsettled.since, job) < 0 ? unsettled.since : undefined
}

/** The record whose state holds all there is, as far as its events tell. */
export function withAllSettled<Stack extends StackRecord>({ unsettled: _over, ...stack }: Stack): Stack {
  return stack as Stack
}

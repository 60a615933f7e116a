/** The stack whose job is pending or running; see shared/plan/plan-job.ts. */
import type { JobMessage } from '../job/queue.ts'
import { isWorking } from '../job/record.ts'
import type { StackStore } from '../stack/store.ts'
import type { WorkingStack } from './outcome.ts'

/** The stack whose job a message points at; undefined when that job is over. */
export async function findStackJob(stacks: StackStore, message: JobMessage): Promise<WorkingStack | undefined> {
  const stack = await stacks.find(message.project, message.stackName)
  return isWorking(stack) && stack.id === message.stackId && stack.job.id === message.jobId ? stack : undefined
}

/** The stack that a request names, or the refusal. */
import { RfsError } from '../contract/errors.ts'
import type { StackRecord } from './record.ts'
import type { StackStore } from './store.ts'

/** Names of project and stack as the path has them. */
export interface StackPath {
  readonly project_id: string
  readonly stack_name: string
}

/**
 * @param stackId what the caller believes the id to be: guards against a name that was re-used `[ContinueDeployStack]`
 * @throws RfsError `StackNotFound` or `StackIdMismatch`.
 */
export async function loadStack(stacks: StackStore, path: StackPath, stackId?: string): Promise<StackRecord> {
  const stack = await stacks.find(path.project_id, path.stack_name)
  if (!stack) throw new RfsError('StackNotFound', `There is no stack named ${path.stack_name} in this project.`)
  if (stackId !== undefined && stackId !== stack.id) {
    throw new RfsError('StackIdMismatch', `${path.stack_name} is another stack now; leave stack_id out or correct it.`)
  }
  return stack
}

/**
 * The object by which a running job is asked to stop. The runner may touch nothing of ours, so it gets a link to where the
 * object would be and looks whether it is there; a job that follows has a place of its own.
 */
import type { WorkingStack } from './outcome.ts'
import { blobPrefix } from './snapshots.ts'

export function stopSignKey(stack: WorkingStack): string {
  return `${blobPrefix(stack)}stop-signs/${stack.job.id}`
}

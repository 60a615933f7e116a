/** Deletes blobs that no record refers to any more. Failing to costs storage, not correctness. */
import type { Blobs } from '../aws/blobs.ts'
import { errorFields, type Log } from '../aws/log.ts'

export async function dropBlobs(blobs: Pick<Blobs, 'delete'>, log: Log, keys: readonly string[]): Promise<void> {
  try {
    await blobs.delete(keys)
  } catch (error) {
    log.warn('blobs that nothing refers to were left behind', errorFields(error))
  }
}

/** Functions that die between two of their writes, as a crash or the end of their time would have it. */
import type { Blobs } from '../../shared/aws/blobs.ts'
import type { Table } from '../../shared/aws/table.ts'

class Died extends Error {}

/** Stores whose user dies after so many writes took effect in either. */
export function dyingAfter<Bucket extends Blobs>(
  writes: number,
  table: Table,
  blobs: Bucket,
): { table: Table; blobs: Bucket } {
  let left = writes
  const once =
    <Given extends unknown[], Answer>(write: (...given: Given) => Promise<Answer>) =>
    async (...given: Given) => {
      if (left === 0) throw new Died()
      const answer = await write(...given)
      left -= 1
      return answer
    }
  const { put, update, change, delete: remove } = table
  return {
    table: { ...table, put: once(put), update: once(update), change: once(change), delete: once(remove) },
    blobs: { ...blobs, put: once(blobs.put), delete: once(blobs.delete) },
  }
}

/** Whether it died; another error is thrown on. */
export async function dies(work: Promise<unknown>): Promise<boolean> {
  try {
    await work
    return false
  } catch (error) {
    if (error instanceof Died) return true
    throw error
  }
}

/**
 * Runs something that dies after more and more writes, until it lives.
 * @param run says whether it died
 * @returns how many writes it takes
 */
export async function eachDeath(run: (writes: number) => Promise<boolean>): Promise<number> {
  let writes = 0
  while (await run(writes)) writes += 1
  return writes
}

/** The sparse index of jobs in flight, ordered by when somebody should look at them. */
import { type Item, type Key, openTable, type Table } from '../aws/table.ts'
import { type Job, jobDueAt } from './record.ts'

/** Every job in flight sits in one partition of the index; a sweep reads only what is due. */
export const jobShard = 'JOBS'

/** What puts an item into the index; nothing when it has no job. */
export function jobAttributes(job: Job | undefined): Item {
  return job ? { jobShard, jobDueAt: jobDueAt(job) } : {}
}

export interface DueJobs {
  /** Keys of items whose job should be looked at by now, longest overdue first. The index lags: read the item and see. */
  list(now: Date, limit: number): Promise<Key[]>
}

export function openDueJobs(table: Table = openTable()): DueJobs {
  return {
    list: async (now, limit) => {
      const condition = {
        text: 'jobShard = :shard AND jobDueAt <= :now',
        values: { ':shard': jobShard, ':now': now.toISOString() },
      }
      const page = await table.query({ index: 'jobs', condition, limit })
      return page.items.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) }))
    },
  }
}

/**
 * Large values lie in the bucket and the record that points to them in the table, and a function may die between the two
 * writes. So the keys of objects that may be nobody's in the end are noted in the table first, in an item of the index of
 * jobs. A minute later, when whoever wrote or read the record then is done or dead, the sweeper deletes those of them that
 * the record does not point to, and the note. Keys are used once: what a record ceased to point to it never will again.
 *
 * Nobody else deletes objects. So a reader that has just seen a record also finds what it points to, although the record
 * was changed meanwhile.
 */
import { v4 as uuid } from 'uuid'
import { type Blobs, openBlobs } from '../aws/blobs.ts'
import { type Key, openTable, type Table } from '../aws/table.ts'
import { jobShard } from '../job/due-jobs.ts'
import { objectNotePrefix } from './keys.ts'
import { blobsOf, type Objects, type StoredValue } from './stored-values.ts'

export interface LargeValues {
  /**
   * Puts the objects into the bucket and then has the record written that points to them.
   * @param write throws, or says false or nothing, when the record was not written
   */
  put<Written>(record: Key, objects: Objects, now: Date, write: () => Promise<Written>): Promise<Written>
  /** To be called before a write after which the record may not point to these any more. */
  letGo(record: Key, keys: readonly string[], now: Date): Promise<void>
  /** For the sweeper: deletes what the record does not point to. False when there is no such note. */
  settle(note: Key): Promise<boolean>
}

/** Longer than an API function may run, twice: one that wrote the record, and one that read it just before. */
const settledAfterSeconds = 60

export function openLargeValues(table: Table = openTable(), blobs: Blobs = openBlobs()): LargeValues {
  const note = async (record: Key, keys: readonly string[], now: Date): Promise<Key> => {
    const key = { pk: record.pk, sk: `${objectNotePrefix}${uuid()}` }
    const jobDueAt = new Date(now.getTime() + settledAfterSeconds * 1000).toISOString()
    await table.put({ ...key, recordSk: record.sk, keys, jobShard, jobDueAt })
    return key
  }
  return {
    put: async (record, objects, now, write) => {
      if (objects.size === 0) return write()
      const noted = await note(record, [...objects.keys()], now)
      await Promise.all([...objects].map(([key, content]) => blobs.put(key, content, 'application/json')))
      const written = await write()
      if (written) await table.delete(noted)
      return written
    },
    letGo: async (record, keys, now) => {
      if (keys.length > 0) await note(record, keys, now)
    },
    settle: async (noted) => {
      const found = await table.get(noted)
      if (!found) return false
      const record = await table.get({ pk: noted.pk, sk: String(found.recordSk) })
      const kept = new Set(blobsOf(Object.values(record ?? {}).filter(isStoredValue)))
      await blobs.delete((found.keys as string[]).filter((key) => !kept.has(key)))
      await table.delete(noted)
      return true
    },
  }
}

function isStoredValue(value: unknown): value is StoredValue {
  return typeof value === 'object' && value !== null && 'blob' in value
}

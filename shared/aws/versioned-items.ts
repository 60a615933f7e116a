/**
 * Records with one conditional write each. `commit` is the point at which a command or a job's outcome takes effect: its
 * condition is the version that was seen, so whoever saw an older one changes nothing. Each write carries an id of its own:
 * a refusal that follows a lost answer (the write took effect, the client retried) is recognised by it.
 */
import { v4 as uuid } from 'uuid'
import type { Expression, Item, Key, Table } from './table.ts'

export interface Versioned {
  readonly id: string
  /** Raised by every write; the condition of the next one. */
  readonly version: number
}

export type Commit<Entry> =
  | { readonly outcome: 'committed'; readonly record: Entry }
  /** Somebody else wrote first; `current` is what is there now. */
  | { readonly outcome: 'conflict'; readonly current: Entry }
  | { readonly outcome: 'missing' }

export interface VersionedItems<Entry extends Versioned> {
  find(key: Key): Promise<Entry | undefined>
  /** `conflict` carries the record that has the key. */
  create(record: Entry): Promise<Commit<Entry>>
  /** Writes `next` if the item is still at `seen`'s version; raises the version. */
  commit(seen: Entry, next: Entry): Promise<Commit<Entry>>
  /** Removes the item if it is still at `seen`'s version; `committed` or `missing` mean that it is gone. */
  remove(seen: Entry): Promise<Commit<Entry>>
}

/** Attributes that belong to the item and not to the record: keys, and what indexes need. */
export interface ItemForm<Entry> {
  keyOf(record: Entry): Key
  /** Attributes for indexes. */
  extrasOf(record: Entry): Item
}

const itemAttributes = ['pk', 'sk', 'writeId', 'listingKey', 'jobShard', 'jobDueAt']

/** The record in an item, without what only the item has. */
export function recordOf<Entry>(item: Item): Entry {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !itemAttributes.includes(name))) as Entry
}

const stillAt = ({ id, version }: Versioned): Expression => ({
  text: '#id = :id AND #version = :version',
  names: { '#id': 'id', '#version': 'version' },
  values: { ':id': id, ':version': version },
})

export function openVersionedItems<Entry extends Versioned>(
  table: Table,
  { keyOf, extrasOf }: ItemForm<Entry>,
): VersionedItems<Entry> {
  /** What a refused write found: our own write after all, another one, or nothing. */
  const explainRefusal = async (record: Entry, writeId?: string): Promise<Commit<Entry>> => {
    const item = await table.get(keyOf(record))
    if (item === undefined) return { outcome: 'missing' }
    const current = recordOf<Entry>(item)
    if (current.id !== record.id && writeId === undefined) return { outcome: 'missing' }
    return item.writeId === writeId ? { outcome: 'committed', record: current } : { outcome: 'conflict', current }
  }
  const write = async (record: Entry, condition: Expression): Promise<Commit<Entry>> => {
    const writeId = uuid()
    const item: Item = { ...keyOf(record), ...(record as object), writeId, ...extrasOf(record) }
    const accepted = await table.put(item, condition)
    return accepted ? { outcome: 'committed', record } : explainRefusal(record, writeId)
  }
  return {
    find: async (key) => {
      const item = await table.get(key)
      return item && recordOf<Entry>(item)
    },
    create: (record) => write(record, { text: 'attribute_not_exists(pk)' }),
    commit: (seen, next) => write({ ...next, version: seen.version + 1 }, stillAt(seen)),
    remove: async (seen) => {
      const removed = await table.delete(keyOf(seen), stillAt(seen))
      return removed ? { outcome: 'committed', record: seen } : explainRefusal(seen)
    },
  }
}

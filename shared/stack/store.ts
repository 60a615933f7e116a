/** The stack's item: its reads and its one conditional write. Nothing else speaks to the table about stacks. */
import { isListKey, type Listing, type ListRequest, listingKeyOf, walkListing } from '../aws/listing.ts'
import { openTable, type Table } from '../aws/table.ts'
import { type Commit, openVersionedItems } from '../aws/versioned-items.ts'
import type { Listed } from '../http/paging.ts'
import { jobAttributes } from '../job/due-jobs.ts'
import type { StackRecord } from './record.ts'

/** A stack in a list: what the summary shows. */
export type ListedStack = Pick<
  StackRecord,
  'name' | 'id' | 'description' | 'status' | 'statusMessage' | 'createdAt' | 'updatedAt'
>

/** How a write of a stack ended; see `versioned-items.ts`. */
export type StackCommit = Commit<StackRecord>

export interface StackStore {
  find(project: string, name: string): Promise<StackRecord | undefined>
  /** `conflict` carries the stack that has the name. */
  create(stack: StackRecord): Promise<StackCommit>
  commit(seen: StackRecord, next: StackRecord): Promise<StackCommit>
  remove(seen: StackRecord): Promise<StackCommit>
  /** The stacks of a project, newest first by creation; reads as far as it is consumed. */
  walk(project: string, request?: ListRequest): AsyncIterable<Listed<ListedStack>>
}

const keyOf = (project: string, name: string) => ({ pk: `PROJECT#${project}`, sk: `STACK#${name}` })

/** The stack that an item's key names; undefined for items of other kinds. */
export function stackAtKey({ pk, sk }: { pk: string; sk: string }): { project: string; name: string } | undefined {
  const [, project] = /^PROJECT#(.+)$/.exec(pk) ?? []
  const [, name] = /^STACK#(.+)$/.exec(sk) ?? []
  return project !== undefined && name !== undefined ? { project, name } : undefined
}

const listing: Listing = {
  prefix: 'STACK#',
  attributes: ['name', 'id', 'description', 'status', 'statusMessage', 'createdAt', 'updatedAt'],
}

/** Whether a marker is a place in a list of stacks. */
export const isStackListKey = isListKey(listing)

export function openStackStore(table: Table = openTable()): StackStore {
  const items = openVersionedItems<StackRecord>(table, {
    keyOf: (stack) => keyOf(stack.project, stack.name),
    extrasOf: (stack) => ({ listingKey: listingKeyOf(listing, stack), ...jobAttributes(stack.job) }),
  })
  return {
    find: (project, name) => items.find(keyOf(project, name)),
    create: items.create,
    commit: items.commit,
    remove: items.remove,
    walk: (project, request) => walkListing(table, keyOf(project, '').pk, listing, request),
  }
}

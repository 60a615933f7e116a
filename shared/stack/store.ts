/**
 * The stack's item: its reads and its one conditional write. Nothing else speaks to the table about stacks.
 *
 * `commit` is the point at which a command or a job's outcome takes effect. Its condition is the version that was seen, so
 * whoever saw an older one changes nothing. Each write carries an id of its own: a refusal that follows a lost answer (the
 * write took effect, the client retried) is recognised by it and reported as committed.
 */
import { v4 as uuid } from 'uuid'
import { type Item, openTable, type Table } from '../aws/table.ts'
import type { Listed } from '../http/paging.ts'
import type { Job, StackRecord } from './record.ts'

export type Commit =
  | { readonly outcome: 'committed'; readonly stack: StackRecord }
  | { readonly outcome: 'conflict'; readonly current: StackRecord }
  | { readonly outcome: 'missing' }

/** A stack in a list: what the summary shows. */
export type ListedStack = Pick<
  StackRecord,
  'name' | 'id' | 'description' | 'status' | 'statusMessage' | 'createdAt' | 'updatedAt'
>

export interface JobPointer {
  readonly project: string
  readonly name: string
}

export interface StackStore {
  find(project: string, name: string): Promise<StackRecord | undefined>
  /** `conflict` carries the stack that has the name. */
  create(stack: StackRecord): Promise<Commit>
  /** Writes `next` if the item is still at `seen.version`; raises the version. */
  commit(seen: StackRecord, next: StackRecord): Promise<Commit>
  /** Removes the item if it is still at `seen.version`. */
  remove(seen: StackRecord): Promise<'removed' | 'conflict'>
  /** One page, newest first by creation. */
  list(project: string, limit?: number, after?: Item): Promise<{ stacks: ListedStack[]; next?: Item }>
  /** Stacks whose job should be looked at by now, longest overdue first. */
  dueJobs(now: string, limit: number): Promise<JobPointer[]>
}

/** Every job in flight sits in one partition of the sparse index; a sweep reads only what is due. */
const jobShard = 'JOBS'
/** How long after a message was sent, or a lease ended, the sweeper looks; it looks ever later at a job that keeps waiting. */
const firstLookSeconds = 20
const lastLookSeconds = 1800

const listingKeyOf = (stack: Pick<StackRecord, 'createdAt' | 'id'>) => `STACK#${stack.createdAt}#${stack.id}`
const keyOf = (project: string, name: string) => ({ pk: `PROJECT#${project}`, sk: `STACK#${name}` })

/** The moment at which the sweeper should look at a job. */
export function jobDueAt(job: Job): string {
  const from = Date.parse(job.claim?.leaseUntil ?? job.queuedAt)
  const seconds = job.claim ? firstLookSeconds : Math.min(firstLookSeconds * 2 ** job.resends, lastLookSeconds)
  return new Date(from + seconds * 1000).toISOString()
}

function toItem(stack: StackRecord, writeId: string): Item {
  return {
    ...keyOf(stack.project, stack.name),
    ...stack,
    writeId,
    listingKey: listingKeyOf(stack),
    ...(stack.job ? { jobShard, jobDueAt: jobDueAt(stack.job) } : {}),
  }
}

function toRecord(item: Item): StackRecord {
  const { pk: _pk, sk: _sk, writeId: _writeId, listingKey: _listing, jobShard: _shard, jobDueAt: _due, ...stack } = item
  return stack as unknown as StackRecord
}

const summaryAttributes = ['name', 'id', 'description', 'status', 'statusMessage', 'createdAt', 'updatedAt']

/** What a refused write found: our own write after all, another one, or nothing. */
async function explainRefusal(table: Table, stack: StackRecord, writeId: string): Promise<Commit> {
  const item = await table.get(keyOf(stack.project, stack.name))
  if (item === undefined) return { outcome: 'missing' }
  const current = toRecord(item)
  return item.writeId === writeId ? { outcome: 'committed', stack: current } : { outcome: 'conflict', current }
}

async function write(table: Table, stack: StackRecord, condition: Parameters<Table['put']>[1]): Promise<Commit> {
  const writeId = uuid()
  const accepted = await table.put(toItem(stack, writeId), condition)
  return accepted ? { outcome: 'committed', stack } : explainRefusal(table, stack, writeId)
}

const stillAt = (seen: StackRecord) => ({
  text: '#id = :id AND #version = :version',
  names: { '#id': 'id', '#version': 'version' },
  values: { ':id': seen.id, ':version': seen.version },
})

export function openStackStore(table: Table = openTable()): StackStore {
  return {
    find: async (project, name) => {
      const item = await table.get(keyOf(project, name))
      return item && toRecord(item)
    },
    create: (stack) => write(table, stack, { text: 'attribute_not_exists(pk)' }),
    commit: (seen, next) => write(table, { ...next, version: seen.version + 1 }, stillAt(seen)),
    remove: async (seen) =>
      (await table.delete(keyOf(seen.project, seen.name), stillAt(seen))) ? 'removed' : 'conflict',
    list: async (project, limit, after) => {
      const page = await table.query({
        index: 'listing',
        condition: {
          text: 'pk = :pk AND begins_with(listingKey, :prefix)',
          values: { ':pk': keyOf(project, '').pk, ':prefix': 'STACK#' },
        },
        newestFirst: true,
        attributes: summaryAttributes,
        ...(limit === undefined ? {} : { limit }),
        ...(after === undefined ? {} : { after }),
      })
      return { stacks: page.items as unknown as ListedStack[], ...(page.next ? { next: page.next } : {}) }
    },
    dueJobs: async (now, limit) => {
      const page = await table.query({
        index: 'jobs',
        condition: {
          text: 'jobShard = :shard AND jobDueAt <= :now',
          values: { ':shard': jobShard, ':now': now },
        },
        limit,
      })
      return page.items.map(({ pk, sk }) => ({
        project: String(pk).slice('PROJECT#'.length),
        name: String(sk).slice('STACK#'.length),
      }))
    },
  }
}

/** Where a list of stacks goes on. The project is not in it: it always comes from the path. */
export interface StackListKey {
  readonly sk: string
  readonly listingKey: string
}

export function isStackListKey(value: unknown): value is StackListKey {
  const { sk, listingKey } = (value ?? {}) as Partial<StackListKey>
  return [sk, listingKey].every((key) => typeof key === 'string' && key.startsWith('STACK#'))
}

/** Every stack of a project, newest first; reads as far as it is consumed, in pages of one more than `limit`. */
export async function* walkStacks(
  store: StackStore,
  project: string,
  limit?: number,
  after?: StackListKey,
): AsyncGenerator<Listed<ListedStack>> {
  // Key by key: a marker comes back from a client, with whatever else it has put in.
  let from: Item | undefined = after && {
    pk: keyOf(project, '').pk,
    sk: after.sk,
    listingKey: after.listingKey,
  }
  do {
    const page = await store.list(project, limit && limit + 1, from)
    for (const entry of page.stacks) {
      const marker: StackListKey = { sk: keyOf(project, entry.name).sk, listingKey: listingKeyOf(entry) }
      yield { entry, marker }
    }
    from = page.next
  } while (from)
}

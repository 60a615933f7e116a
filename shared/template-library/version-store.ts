/**
 * The items of versions. Each is there before its template has the version and until it has it no more.
 *
 * A function may die between these writes and the template's. So whoever is about to change whether a template has a version
 * holds it first: the item is then in the index of jobs, with the time from which on nobody can be at it any more. The sweeper
 * looks at the template then, settles what it has and forgets the rest. The items lie in a partition of the template's own id,
 * so nothing of a template is ever found by another that has its name.
 */
import { v4 as uuid } from 'uuid'
import { type Item, type Key, openTable, type Table } from '../aws/table.ts'
import { recordOf } from '../aws/versioned-items.ts'
import { jobShard } from '../job/due-jobs.ts'
import type { VersionRecord } from './record.ts'

export interface Hold {
  /** Tells it from every other hold of the same version. */
  readonly id: string
  /** ISO time from which on somebody else may settle or forget the version. */
  readonly dueAt: string
}

export interface VersionStore {
  /** Keeps a version, held, that no template has yet. */
  keep(version: VersionRecord, hold: Hold): Promise<void>
  find(templateId: string, id: string): Promise<VersionRecord | undefined>
  /** Undefined also when nobody holds it. */
  findHeld(templateId: string, id: string): Promise<{ version: VersionRecord; hold: Hold } | undefined>
  /** All that is kept, also what the template does not have. */
  list(templateId: string): Promise<VersionRecord[]>
  /** Takes the place of other holds. */
  hold(versions: readonly VersionRecord[], hold: Hold): Promise<void>
  /** The template has it: nobody needs to look any more, unless somebody else holds it now. */
  settle(version: VersionRecord, hold: Hold): Promise<void>
  /** For what no template has. */
  forget(versions: readonly VersionRecord[]): Promise<void>
}

/** Longer than an API function may run. */
const holdSeconds = 60

export function newHold(now: Date): Hold {
  return { id: uuid(), dueAt: new Date(now.getTime() + holdSeconds * 1000).toISOString() }
}

const prefix = 'VERSION#'
const pkOf = (templateId: string) => `TEMPLATE#${templateId}`
const keyOf = ({ templateId, id }: Pick<VersionRecord, 'templateId' | 'id'>): Key => ({
  pk: pkOf(templateId),
  sk: `${prefix}${id}`,
})

/** The version that an item's key names; undefined for items of other kinds. */
export function versionAtKey({ pk, sk }: Key): { templateId: string; id: string } | undefined {
  const [, templateId] = /^TEMPLATE#(.+)$/.exec(pk) ?? []
  const [, id] = /^VERSION#(.+)$/.exec(sk) ?? []
  return templateId !== undefined && id !== undefined ? { templateId, id } : undefined
}

const heldItem = (version: VersionRecord, { id, dueAt }: Hold): Item => ({
  ...keyOf(version),
  ...version,
  writeId: id,
  jobShard,
  jobDueAt: dueAt,
})

async function listVersions(table: Table, templateId: string): Promise<VersionRecord[]> {
  const found: VersionRecord[] = []
  let after: Item | undefined
  do {
    const page = await table.query({
      condition: {
        text: 'pk = :pk AND begins_with(sk, :prefix)',
        values: { ':pk': pkOf(templateId), ':prefix': prefix },
      },
      ...(after ? { after } : {}),
    })
    found.push(...page.items.map((item) => recordOf<VersionRecord>(item)))
    after = page.next
  } while (after)
  return found
}

export function openVersionStore(table: Table = openTable()): VersionStore {
  const get = (templateId: string, id: string) => table.get(keyOf({ templateId, id }))
  return {
    keep: async (version, hold) => {
      await table.put(heldItem(version, hold))
    },
    find: async (templateId, id) => {
      const item = await get(templateId, id)
      return item && recordOf<VersionRecord>(item)
    },
    findHeld: async (templateId, id) => {
      const item = await get(templateId, id)
      if (item?.jobDueAt === undefined) return undefined
      return { version: recordOf(item), hold: { id: String(item.writeId), dueAt: String(item.jobDueAt) } }
    },
    list: (templateId) => listVersions(table, templateId),
    hold: (versions, hold) => table.batch({ put: versions.map((version) => heldItem(version, hold)) }),
    settle: async (version, hold) => {
      const ours = { text: 'writeId = :hold', values: { ':hold': hold.id } }
      await table.update(keyOf(version), { text: 'REMOVE jobShard, jobDueAt' }, ours)
    },
    forget: (versions) => table.batch({ delete: versions.map(keyOf) }),
  }
}

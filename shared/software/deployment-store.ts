/**
 * Deployments in the table. The item lies in its owner's project; a second project that may use it has a pointer under the
 * same sort key. Both are listed by server (`listing`, a local index: it reads consistently, as "the metadata call answers
 * with the new config at once" demands). Where a deployment was removed a mark stays for a while, in no list: it names the
 * change that removed it (`references.ts`).
 */
import { v4 as uuid } from 'uuid'
import { allOf, type Expression, type Item, openTable, type QueryOptions, type Table } from '../aws/table.ts'
import { recordOf } from '../aws/versioned-items.ts'
import type { DeploymentChanges, DeploymentRecord } from './deployment-record.ts'
import { fewAtATime } from './few-at-a-time.ts'
import { deploymentKey, deploymentListingKey, deploymentPrefix, isId, projectPk, serverPrefix } from './keys.ts'

export interface Changed {
  readonly before: DeploymentRecord
  readonly after: DeploymentRecord
}

export interface DeploymentStore {
  /** As `project` sees it: its own, or one that it may use. */
  find(project: string, id: string): Promise<DeploymentRecord | undefined>
  /** False when the sweeper has given it up meanwhile. */
  create(deployment: DeploymentRecord): Promise<boolean>
  /**
   * Writes these fields and no others, in one conditional write. Undefined when the project has no such deployment of its
   * own, or a value in the bucket would be replaced.
   */
  change(project: string, id: string, changes: DeploymentChanges, now: Date): Promise<Changed | undefined>
  /** Writes these fields if the deployment is as in `expected`, and the values they replace are those that were seen. */
  changeIf(
    seen: DeploymentRecord,
    changes: DeploymentChanges & Partial<Pick<DeploymentRecord, 'configId' | 'reference'>>,
    expected: Expression,
    now: Date,
  ): Promise<Changed | undefined>
  /** False when it has another reference or other values now, or is gone. `change` is the id of this removal. */
  remove(seen: DeploymentRecord, change: string, now: Date): Promise<boolean>
  revokeSignal(seen: DeploymentRecord): Promise<void>
  /** By server, of each the oldest first. */
  list(project: string, serverId?: string): AsyncIterable<DeploymentRecord>
  /** What is there; from now on no change of the reference that began earlier succeeds, nor does the creation. */
  fence(project: string, id: string, now: Date): Promise<Fenced>
  /** Removes what a second project has of a deployment that is gone. */
  forget(project: string, id: string): Promise<void>
}

/** The reference of a deployment that is there, or the change that removed it; neither when it never was. */
export type Fenced = Partial<Pick<DeploymentRecord, 'reference'>> & { readonly removedBy?: string }

/** An item that is a deployment, and neither a pointer nor the mark of one that was given up. */
const isDeployment = (item: Item | undefined) => typeof item?.reference === 'string'

/** That nobody changed the reference, or fenced it, since it was seen. */
export function referenceAsIn({ reference, fence }: DeploymentRecord): Expression {
  const fenced = fence === undefined ? 'attribute_not_exists(fence)' : 'fence = :seenFence'
  return {
    text: `#reference = :seenReference AND ${fenced}`,
    names: { '#reference': 'reference' },
    values: { ':seenReference': reference, ...(fence === undefined ? {} : { ':seenFence': fence }) },
  }
}

type Values = Pick<DeploymentChanges, 'inputValues' | 'outputValues'>

/** That the values which are replaced lie where they lay: whoever replaces one in the bucket must have noted it. */
function valuesAsIn(seen: Values, replaced: Values): Expression[] {
  const fields = (['inputValues', 'outputValues'] as const).filter((field) => replaced[field] !== undefined)
  return fields.map((field) => {
    const names = { [`#${field}`]: field, '#blob': 'blob' }
    const blob = seen[field]?.blob
    if (blob === undefined) return { text: `attribute_not_exists(#${field}.#blob)`, names }
    return { text: `#${field}.#blob = :seen_${field}`, names, values: { [`:seen_${field}`]: blob } }
  })
}

function setFields(fields: Readonly<Record<string, unknown>>): Expression {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return {
    text: `SET ${given.map(([name]) => `#${name} = :${name}`).join(', ')}`,
    names: Object.fromEntries(given.map(([name]) => [`#${name}`, name])),
    values: Object.fromEntries(given.map(([name, value]) => [`:${name}`, value])),
  }
}

async function write(
  table: Table,
  project: string,
  id: string,
  fields: Readonly<Record<string, unknown>>,
  condition: Expression,
): Promise<Changed | undefined> {
  const item = await table.change(deploymentKey(project, id), setFields(fields), condition)
  if (item === undefined) return undefined
  const before = recordOf<DeploymentRecord>(item)
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return { before, after: { ...before, ...Object.fromEntries(given) } }
}

/** Any deployment, but no pointer to one. */
export const exists: Expression = { text: 'attribute_exists(#reference)', names: { '#reference': 'reference' } }

async function find(table: Table, project: string, id: string): Promise<DeploymentRecord | undefined> {
  if (!isId(id)) return undefined
  return resolve(table, await table.get(deploymentKey(project, id)))
}

/** The deployment that an item is, or points to. */
async function resolve(table: Table, item: Item | undefined): Promise<DeploymentRecord | undefined> {
  if (item && isDeployment(item)) return recordOf<DeploymentRecord>(item)
  if (typeof item?.owner !== 'string') return undefined
  const owned = await table.get(deploymentKey(item.owner, String(item.id)))
  return owned && isDeployment(owned) ? recordOf<DeploymentRecord>(owned) : undefined
}

async function* list(table: Table, project: string, serverId?: string): AsyncIterable<DeploymentRecord> {
  const prefix = serverId === undefined ? deploymentPrefix : serverPrefix(serverId)
  let page: { items: Item[]; next?: Item } | undefined
  do {
    const options: QueryOptions = {
      condition: {
        text: 'pk = :pk AND begins_with(listingKey, :prefix)',
        values: { ':pk': projectPk(project), ':prefix': prefix },
      },
      index: 'listing',
      ...(page?.next ? { after: page.next } : {}),
    }
    page = await table.query(options)
    for await (const deployment of fewAtATime(page.items, (item) => resolve(table, item))) {
      if (deployment) yield deployment
    }
  } while (page.next)
}

async function create(table: Table, deployment: DeploymentRecord): Promise<boolean> {
  const { project, userProject, id } = deployment
  const listingKey = deploymentListingKey(deployment)
  // The pointer first: it shows nothing as long as there is nothing where it points.
  if (userProject !== null && userProject !== project) {
    await table.put({ ...deploymentKey(userProject, id), listingKey, id, owner: project })
  }
  const key = deploymentKey(project, id)
  if (await table.put({ ...key, ...deployment, listingKey }, { text: 'attribute_not_exists(pk)' })) return true
  const item = await table.get(key)
  return item?.reference === deployment.reference
}

/** Far longer than the sweeper can be away. */
const markSeconds = 30 * 86_400

function markOf(project: string, id: string, now: Date, removedBy?: string): Item {
  const expiresAt = Math.floor(now.getTime() / 1000) + markSeconds
  return { ...deploymentKey(project, id), expiresAt, ...(removedBy ? { removedBy } : {}) }
}

async function fence(table: Table, project: string, id: string, now: Date): Promise<Fenced> {
  const tryToFence = () => write(table, project, id, { fence: uuid() }, exists)
  const fenced = await tryToFence()
  if (fenced) return fenced.after
  // Refused when it was created just now, or there is a mark already.
  await table.put(markOf(project, id, now), { text: 'attribute_not_exists(pk)' })
  const created = await tryToFence()
  return created?.after ?? ((await table.get(deploymentKey(project, id))) as Fenced | undefined) ?? {}
}

async function remove(table: Table, seen: DeploymentRecord, change: string, now: Date): Promise<boolean> {
  const { project, userProject, id } = seen
  const everything = { inputValues: {}, outputValues: {} }
  const asSeen = allOf(referenceAsIn(seen), ...valuesAsIn(seen, everything))
  if (!(await table.put(markOf(project, id, now, change), asSeen))) {
    const item = await table.get(deploymentKey(project, id))
    if (item?.removedBy !== change) return false
  }
  if (userProject !== null && userProject !== project) await table.delete(deploymentKey(userProject, id))
  return true
}

async function changeIf(table: Table, ...given: Parameters<DeploymentStore['changeIf']>): Promise<Changed | undefined> {
  const [seen, changes, expected, now] = given
  const fields = { ...changes, updatedAt: now.toISOString() }
  const changed = await write(table, seen.project, seen.id, fields, allOf(expected, ...valuesAsIn(seen, changes)))
  if (changed || changes.reference === undefined) return changed
  // A write whose answer was lost is sent again and refused: the reference says that it took effect.
  const item = await find(table, seen.project, seen.id)
  return item?.reference === changes.reference ? { before: seen, after: item } : undefined
}

export function openDeploymentStore(table: Table = openTable()): DeploymentStore {
  return {
    find: (project, id) => find(table, project, id),
    create: (deployment) => create(table, deployment),
    change: async (project, id, changes, now) => {
      if (!isId(id)) return undefined
      const fields = { ...changes, updatedAt: now.toISOString() }
      return write(table, project, id, fields, allOf(exists, ...valuesAsIn({}, changes)))
    },
    changeIf: (...given) => changeIf(table, ...given),
    remove: (...given) => remove(table, ...given),
    revokeSignal: async ({ project, id }) => {
      await table.update(deploymentKey(project, id), { text: 'REMOVE signalHash' }, exists)
    },
    list: (project, serverId) => list(table, project, serverId),
    fence: (project, id, now) => fence(table, project, id, now),
    forget: async (project, id) => {
      await table.delete(deploymentKey(project, id), { text: 'attribute_exists(#owner)', names: { '#owner': 'owner' } })
    },
  }
}

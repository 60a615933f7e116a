/** The items of execution plans: their reads and their one conditional write. */
import { isListKey, type Listing, type ListRequest, listingKeyOf, walkListing } from '../aws/listing.ts'
import { openTable, type Table } from '../aws/table.ts'
import { type Commit, openVersionedItems } from '../aws/versioned-items.ts'
import type { Listed } from '../http/paging.ts'
import { jobAttributes } from '../job/due-jobs.ts'
import type { PlanRecord } from './record.ts'

/** A plan in a list. */
export type ListedPlan = Pick<
  PlanRecord,
  'stackName' | 'stackId' | 'name' | 'id' | 'description' | 'status' | 'statusMessage' | 'createdAt' | 'appliedAt'
>

export interface PlanStore {
  find(stackId: string, name: string): Promise<PlanRecord | undefined>
  /** `conflict` carries the plan that has the name. */
  create(plan: PlanRecord): Promise<Commit<PlanRecord>>
  commit(seen: PlanRecord, next: PlanRecord): Promise<Commit<PlanRecord>>
  remove(seen: PlanRecord): Promise<Commit<PlanRecord>>
  /** The plans of a stack, newest first by creation; reads as far as it is consumed. */
  walk(stackId: string, request?: ListRequest): AsyncIterable<Listed<ListedPlan>>
}

const keyOf = (stackId: string, name: string) => ({ pk: `STACK#${stackId}`, sk: `PLAN#${name}` })

/** The plan that an item's key names; undefined for items of other kinds. */
export function planAtKey({ pk, sk }: { pk: string; sk: string }): { stackId: string; name: string } | undefined {
  const [, stackId] = /^STACK#(.+)$/.exec(pk) ?? []
  const [, name] = /^PLAN#(.+)$/.exec(sk) ?? []
  return stackId !== undefined && name !== undefined ? { stackId, name } : undefined
}

const listing: Listing = {
  prefix: 'PLAN#',
  attributes: [
    'stackName',
    'stackId',
    'name',
    'id',
    'description',
    'status',
    'statusMessage',
    'createdAt',
    'appliedAt',
  ],
}

/** Whether a marker is a place in a list of plans. */
export const isPlanListKey = isListKey(listing)

export function openPlanStore(table: Table = openTable()): PlanStore {
  const items = openVersionedItems<PlanRecord>(table, {
    keyOf: (plan) => keyOf(plan.stackId, plan.name),
    extrasOf: (plan) => ({ listingKey: listingKeyOf(listing, plan), ...jobAttributes(plan.job) }),
  })
  return {
    find: (stackId, name) => items.find(keyOf(stackId, name)),
    create: items.create,
    commit: items.commit,
    remove: items.remove,
    walk: (stackId, request) => walkListing(table, keyOf(stackId, '').pk, listing, request),
  }
}

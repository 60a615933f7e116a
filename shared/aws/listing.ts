/** Newest-first lists of the items of a kind in one partition, by the index that orders them by creation. */
import type { Listed } from '../http/paging.ts'
import type { Item, Table } from './table.ts'

/** Where a list goes on. The partition is not in it: it always comes from the request's path. */
export interface ListKey {
  readonly sk: string
  readonly listingKey: string
}

export interface Listing {
  /** How the keys of the kind begin, such as `STACK#`. */
  readonly prefix: string
  /** What an entry of the list shows. */
  readonly attributes: readonly string[]
}

export interface ListRequest {
  /** As many as the caller will take; one more is read, to know whether there are more. */
  readonly limit?: number | undefined
  readonly after?: ListKey | undefined
}

/** What orders an item among those of its kind. */
export function listingKeyOf({ prefix }: Pick<Listing, 'prefix'>, made: { createdAt: string; id: string }): string {
  return `${prefix}${made.createdAt}#${made.id}`
}

/** Whether a value is a place in a list of the kind; a marker comes back from a client, with whatever it has put in. */
export function isListKey({ prefix }: Pick<Listing, 'prefix'>): (value: unknown) => value is ListKey {
  return (value): value is ListKey => {
    const { sk, listingKey } = (value ?? {}) as Partial<ListKey>
    return [sk, listingKey].every((key) => typeof key === 'string' && key.startsWith(prefix))
  }
}

/** Every entry of the partition, newest first; reads as far as it is consumed. */
export async function* walkListing<Entry>(
  table: Table,
  pk: string,
  { prefix, attributes }: Listing,
  { limit, after }: ListRequest = {},
): AsyncGenerator<Listed<Entry>> {
  let from: Item | undefined = after && { pk, sk: after.sk, listingKey: after.listingKey }
  do {
    const page = await table.query({
      index: 'listing',
      condition: {
        text: 'pk = :pk AND begins_with(listingKey, :prefix)',
        values: { ':pk': pk, ':prefix': prefix },
      },
      newestFirst: true,
      attributes: [...attributes, 'sk', 'listingKey'],
      ...(limit === undefined ? {} : { limit: limit + 1 }),
      ...(from === undefined ? {} : { after: from }),
    })
    for (const { sk, listingKey, ...entry } of page.items) {
      yield { entry: entry as Entry, marker: { sk, listingKey } }
    }
    from = page.next
  } while (from)
}

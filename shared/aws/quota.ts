/**
 * How many items of a kind somebody has, counted in one item so that a creation costs one conditional write however many
 * there are.
 *
 * A place is reserved before the item is written and released after it is removed, so a crash in between can only count too
 * many, never too few. The count is set right when it is next in somebody's way: a refused reservation recounts, but only
 * when nobody has touched the count for longer than a function can run, so that no reservation is still on its way, and so
 * that whoever is full and tries again and again does not have everything counted each time.
 */
import type { Table } from './table.ts'

export interface Quota {
  /** False when the owner has as many as it may have. */
  reserve(owner: string, limit: number, now: Date): Promise<boolean>
  release(owner: string, now: Date): Promise<void>
}

export interface QuotaForm {
  /** Partition in which the owner's items lie. */
  readonly pkOf: (owner: string) => string
  /** How the listing keys of the counted items begin. */
  readonly prefix: string
  /** Sort key of the item that counts. */
  readonly counter: string
}

/** Longer than any API function may run. */
const settledAfterSeconds = 60

function add(amount: 1 | -1, now: Date) {
  return {
    text: 'ADD taken :amount, revision :one SET touchedAt = :now',
    values: { ':amount': amount, ':one': 1, ':now': now.toISOString() },
  }
}

async function count(table: Table, pk: string, prefix: string): Promise<number> {
  let sum = 0
  let after: Parameters<Table['query']>[0]['after']
  do {
    const page = await table.query({
      index: 'listing',
      condition: {
        text: 'pk = :pk AND begins_with(listingKey, :prefix)',
        values: { ':pk': pk, ':prefix': prefix },
      },
      countOnly: true,
      ...(after ? { after } : {}),
    })
    sum += page.count
    after = page.next
  } while (after)
  return sum
}

export function openQuota(table: Table, { pkOf, prefix, counter }: QuotaForm): Quota {
  const keyOf = (owner: string) => ({ pk: pkOf(owner), sk: counter })
  const take = (owner: string, limit: number, now: Date) =>
    table.update(keyOf(owner), add(1, now), {
      text: 'attribute_not_exists(taken) OR taken < :limit',
      values: { ':limit': limit },
    })
  /** Sets the count to what is there, unless it moved meanwhile or moved too recently to be sure. */
  const recount = async (owner: string, now: Date): Promise<boolean> => {
    const item = await table.get(keyOf(owner))
    if (!item || now.getTime() - Date.parse(String(item.touchedAt)) < settledAfterSeconds * 1000) return false
    const taken = await count(table, pkOf(owner), prefix)
    const corrected = await table.update(
      keyOf(owner),
      {
        text: 'SET taken = :taken, touchedAt = :now ADD revision :one',
        values: { ':taken': taken, ':now': now.toISOString(), ':one': 1 },
      },
      { text: 'revision = :seen', values: { ':seen': item.revision } },
    )
    return corrected && taken !== item.taken
  }
  return {
    reserve: async (owner, limit, now) => {
      if (await take(owner, limit, now)) return true
      return (await recount(owner, now)) && take(owner, limit, now)
    },
    release: async (owner, now) => {
      await table.update(keyOf(owner), add(-1, now), { text: 'taken > :none', values: { ':none': 0 } })
    },
  }
}

/**
 * How many items of a kind somebody has, counted in one item so that a creation costs one conditional write however many
 * there are.
 *
 * A place is reserved before the item is written and released after it is removed, so a crash in between can only count too
 * many, never too few. The count is set right when it is next in somebody's way: a refused reservation recounts, but only
 * when nobody has touched the count for longer than a function can run, so that no reservation is still on its way, and so
 * that whoever is full and tries again and again does not have everything counted each time.
 *
 * A release counts once, also when the SDK sends it again because its answer was lost; and not at all when a recount came
 * between the removal and it, because that may have left the removed item out already.
 */
import { v4 as uuid } from 'uuid'
import { allOf, type Expression, type Item, type Table } from './table.ts'

/** How often the count was set right. */
export interface CountMark {
  readonly recounts: number
}

export interface Quota {
  /** False when the owner has as many as it may have. */
  reserve(owner: string, limit: number, now: Date): Promise<boolean>
  /** To be asked for before a counted item is removed. */
  mark(owner: string): Promise<CountMark>
  /**
   * Gives a place back.
   * @param mark from before the removal; absent when the item was never made
   */
  release(owner: string, now: Date, mark?: CountMark): Promise<void>
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

/** Releases that nobody can send again any more are forgotten once so many are noted. */
const notedReleases = 20

function reserving(now: Date): Expression {
  return {
    text: 'ADD taken :one, revision :one SET touchedAt = :now',
    values: { ':one': 1, ':now': now.toISOString() },
  }
}

function releasing(id: string, now: Date): Expression {
  return {
    text: 'ADD taken :less, revision :one, released :ids SET touchedAt = :now',
    values: { ':less': -1, ':one': 1, ':ids': new Set([id]), ':now': now.toISOString() },
  }
}

function releasable(id: string, mark: CountMark | undefined): Expression {
  const once = {
    text: 'taken > :none AND NOT contains(released, :id)',
    values: { ':none': 0, ':id': id },
  }
  if (!mark) return once
  return mark.recounts === 0
    ? allOf(once, { text: 'attribute_not_exists(recounts)' })
    : allOf(once, { text: 'recounts = :recounts', values: { ':recounts': mark.recounts } })
}

/** The noted releases that are old, once there are many. */
function oldReleases({ released }: Item, now: Date): string[] {
  const noted = [...((released as Set<string> | undefined) ?? [])]
  if (noted.length < notedReleases) return []
  return noted.filter((id) => now.getTime() - Number.parseInt(id, 10) > settledAfterSeconds * 1000)
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
    table.update(keyOf(owner), reserving(now), {
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
        text: 'SET taken = :taken, touchedAt = :now ADD revision :one, recounts :one',
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
    mark: async (owner) => ({ recounts: Number((await table.get(keyOf(owner)))?.recounts ?? 0) }),
    release: async (owner, now, mark) => {
      const id = `${now.getTime()} ${uuid()}`
      const before = await table.change(keyOf(owner), releasing(id, now), releasable(id, mark))
      const old = before ? oldReleases(before, now) : []
      if (old.length === 0) return
      await table.update(keyOf(owner), { text: 'DELETE released :old', values: { ':old': new Set(old) } })
    },
  }
}

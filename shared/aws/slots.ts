/**
 * How many things of a kind somebody may have in the making at the same time: one item names those under way, and taking a
 * place is one conditional write. Nobody has to give a place back when the work ends. When all are taken, whoever needs one
 * looks at the works that are named and clears those that have ended.
 */
import type { Table } from './table.ts'

/** What says where to look for a work; any fields, small. */
export type Place = Readonly<Record<string, string>>

/** `absent`: nothing was written under that place, at least not yet. */
export type WorkState = 'underway' | 'ended' | 'absent'

export interface Slots {
  /** False when the owner has as many under way as it may have. */
  take(owner: string, place: Place, limit: number, now: Date): Promise<boolean>
  /** For a work that was not begun after all. */
  release(owner: string, place: Place, now: Date): Promise<void>
}

export interface SlotsForm {
  readonly pkOf: (owner: string) => string
  /** Sort key of the item that names the works. */
  readonly sk: string
  readonly stateOf: (owner: string, place: Place) => Promise<WorkState>
}

/** No API function runs for so long: a place that was taken before is of a work that was never written, or is gone. */
const settledAfterMs = 30_000

const slotOf = (place: Place, now: Date) => JSON.stringify([now.getTime(), place])

export function openSlots(table: Table, { pkOf, sk, stateOf }: SlotsForm): Slots {
  const keyOf = (owner: string) => ({ pk: pkOf(owner), sk })
  const remove = (owner: string, slots: readonly string[]) =>
    table.update(keyOf(owner), { text: 'DELETE slots :gone', values: { ':gone': new Set(slots) } })
  const add = (owner: string, slot: string, limit: number) =>
    table.update(
      keyOf(owner),
      { text: 'ADD slots :new', values: { ':new': new Set([slot]) } },
      { text: 'attribute_not_exists(slots) OR size(slots) < :limit', values: { ':limit': limit } },
    )
  const hasEnded = async (owner: string, slot: string, now: Date) => {
    const [takenAtMs, place] = JSON.parse(slot) as [number, Place]
    const state = await stateOf(owner, place)
    return state === 'ended' || (state === 'absent' && now.getTime() - takenAtMs > settledAfterMs)
  }
  /** False when every place is of a work that goes on. */
  const clear = async (owner: string, now: Date): Promise<boolean> => {
    const slots = [...(((await table.get(keyOf(owner)))?.slots as Set<string> | undefined) ?? [])]
    const ended = await Promise.all(slots.map((slot) => hasEnded(owner, slot, now)))
    const gone = slots.filter((_, at) => ended[at])
    // Also when somebody else has cleared meanwhile, there is room to try for.
    if (gone.length > 0) await remove(owner, gone)
    return gone.length > 0
  }
  return {
    take: async (owner, place, limit, now) => {
      const slot = slotOf(place, now)
      return (await add(owner, slot, limit)) || ((await clear(owner, now)) && add(owner, slot, limit))
    },
    release: async (owner, place, now) => {
      await remove(owner, [slotOf(place, now)])
    },
  }
}

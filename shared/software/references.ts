/**
 * Who refers to a config, counted on the config's own item, so that "delete the config" and "refer to it" are conditional
 * writes of the same item and exactly one of them wins.
 *
 * The count and the deployment are two items, and a function may die between the two writes. So each change of a deployment's
 * config has an id and goes in steps, each one conditional write that may be repeated without harm:
 *
 *  1. note: the configs concerned note the change as unsettled. The one entered counts from now on, the one left still counts;
 *  2. the deployment's own write, the commit: it names the change (`reference`, or `removedBy` where it was), if nobody
 *     changed its reference meanwhile;
 *  3. the server's tag is renewed, so that its agent looks again;
 *  4. settle: the notes are removed, first of the config left, then of the one entered; and with it the count, of the config
 *     left if the commit took place, of the one entered if it did not.
 *
 * Nobody may note to leave a config whose entering is not settled. So while a change has notes, the deployment still shows
 * whether it took place. A config with notes is in the index of jobs (sparse, ordered by time). There the sweeper finds what
 * nobody finished; it makes sure first that step 2 cannot happen any more (`fence`), and then does 3 and 4 by what it sees.
 */
import { openTable, type Table } from '../aws/table.ts'
import { jobShard } from '../job/due-jobs.ts'
import type { Hold } from './config-record.ts'
import { configKey } from './keys.ts'

/** A change, as one of the configs concerned knows it. */
export interface Change {
  readonly project: string
  readonly configId: string
  readonly id: string
}

export interface References {
  /** False when there is no such config. */
  enter(change: Change, hold: Hold): Promise<boolean>
  /** False when there is no such config, or the entering under `reference` is not settled yet. */
  leave(change: Change, reference: string, hold: Hold): Promise<boolean>
  /** Removes the note; the count stays. */
  keep(change: Change): Promise<void>
  /** Removes the note, and one from the count. */
  drop(change: Change): Promise<void>
}

/** Longer than an API function may run. */
export const holdSeconds = 60

/** The note, and the config's place in the index of what has to be looked at; the earliest note decides when. */
const note = 'SET holds.#id = :hold, jobShard = :shard, jobDueAt = if_not_exists(jobDueAt, :due)'
const noteValues = (hold: Hold) => ({ ':hold': hold, ':shard': jobShard, ':due': hold.dueAt })

export function openReferences(table: Table = openTable()): References {
  const keyOf = ({ project, configId }: Change) => configKey(project, configId)
  /** A write whose answer was lost is sent again and refused: its note says that it took effect. */
  const isNoted = async (change: Change) => {
    const config = await table.get(keyOf(change))
    return Object.hasOwn((config?.holds ?? {}) as object, change.id)
  }
  /** The last note takes the config out of the index as well. */
  const settle = async (change: Change, count: '' | ' ADD refs :less') => {
    const names = { '#id': change.id }
    const less = count === '' ? {} : { ':less': -1 }
    const alone = await table.update(
      keyOf(change),
      { text: `REMOVE holds.#id, jobShard, jobDueAt${count}`, names, values: less },
      { text: 'attribute_exists(holds.#id) AND size(holds) = :one', values: { ':one': 1 } },
    )
    if (alone) return
    await table.update(
      keyOf(change),
      { text: `REMOVE holds.#id${count}`, names, values: less },
      { text: 'attribute_exists(holds.#id)' },
    )
  }
  return {
    enter: async (change, hold) => {
      const values = { ...noteValues(hold), ':more': 1 }
      const accepted = await table.update(
        keyOf(change),
        { text: `${note} ADD refs :more`, names: { '#id': change.id }, values },
        { text: 'attribute_exists(pk) AND attribute_not_exists(holds.#id)' },
      )
      return accepted || isNoted(change)
    },
    leave: (change, reference, hold) =>
      table.update(
        keyOf(change),
        { text: note, names: { '#id': change.id, '#reference': reference }, values: noteValues(hold) },
        { text: 'attribute_exists(pk) AND attribute_not_exists(holds.#reference)' },
      ),
    keep: (change) => settle(change, ''),
    drop: (change) => settle(change, ' ADD refs :less'),
  }
}

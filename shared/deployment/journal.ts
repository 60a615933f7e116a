/**
 * The journal of a stack's unsettled runs: the objects that their events tell of. The state lacks some of them when the
 * engine's host died between the engine's word and the next snapshot.
 *
 * What is in no journal and in no state: what the engine told within the moment for which the runner gathers lines, when the
 * runner dies in it, and for which the worker gathers events, when worker and runner die at once.
 */
import type { EventResource, JournalEntry } from '../engine/protocol.ts'
import type { RunRef } from '../stack/record.ts'
import type { EventStore, PastOperation } from './events.ts'
import type { WorkingStack } from './outcome.ts'
import { fitting } from './request-size.ts'
import { compareRuns, unsettledBefore } from './unsettled.ts'

export interface Journal {
  /** Oldest first. */
  readonly entries: readonly JournalEntry[]
  /** Older ones beyond what a run can be given (some 10,000). They are in the state, unless no snapshot succeeded. */
  readonly leftOut: number
}

/**
 * Reads the journal of what was unsettled before the run that is at work; no read when nothing was.
 * @param savedBy the run that saved the stack's state, if that is known
 */
export async function readJournal(events: EventStore, stack: WorkingStack, savedBy?: RunRef): Promise<Journal> {
  const since = unsettledBefore(stack)
  if (!since) return { entries: [], leftOut: 0 }
  const told = await foldOperations(events.operationsSince(stack.id, since))
  const isNewer = (run: RunRef) => stack.stateKey === undefined || (savedBy && compareRuns(run, savedBy) >= 0)
  const all = told.map(({ entry, run }) => (isNewer(run) ? { ...entry, newerThanState: true } : entry))
  const entries = fitting(all.reverse()).reverse()
  return { entries, leftOut: all.length - entries.length }
}

interface Told {
  readonly entry: JournalEntry
  readonly run: RunRef
  /** Counts the operations. */
  readonly at: number
}

/** What is told of one address. */
interface Trail {
  /** Objects that were completed and not deleted: several, where one replaced another that is not deleted yet. */
  readonly made: readonly Told[]
  readonly unfinished?: Told | undefined
  /** The id of the object that the engine is deleting; only the beginning of a deletion names it. */
  readonly deleting?: string | undefined
}

/**
 * What is there after some operations, oldest first, by what was told of it. Keeps one trail for each address.
 * An engine that replaces an object deletes and creates at the same address, in either order.
 */
export async function foldOperations(operations: AsyncIterable<PastOperation>): Promise<Told[]> {
  const trails = new Map<string, Trail>()
  let at = 0
  for await (const operation of operations) {
    const { address } = operation.resource
    at += 1
    const trail = follow(trails.get(address) ?? { made: [] }, operation, at)
    if (trail.made.length > 0 || trail.unfinished || trail.deleting) trails.set(address, trail)
    else trails.delete(address)
  }
  const all = [...trails.values()].flatMap(({ made, unfinished }) => [...made, ...(unfinished ? [unfinished] : [])])
  return all.sort((one, other) => one.at - other.at)
}

function follow(trail: Trail, { type, resource, run }: PastOperation, at: number): Trail {
  const { made, deleting } = trail
  const told = (entry: JournalEntry): Told => ({ entry, run, at })
  switch (type) {
    case 'CREATION_IN_PROGRESS':
      return { ...trail, unfinished: told({ ...resource, unfinished: 'begun' }) }
    case 'CREATION_FAILED':
      return { ...trail, unfinished: told({ ...resource, unfinished: 'failed' }) }
    case 'CREATION_COMPLETE':
      return { made: [...without(made, resource.idValue), told(resource)], deleting }
    case 'DELETION_IN_PROGRESS':
      return { ...trail, deleting: resource.idValue }
    case 'DELETION_COMPLETE':
      return afterDeletion(trail, resource.idValue ?? deleting)
    default:
      // What is updated was there before, or is in the trail already.
      return trail
  }
}

/**
 * A deletion that names no object is taken for that of all; one that names none of the completed ones is that of an
 * unfinished one, or of a predecessor that the journal never had.
 */
function afterDeletion({ made, unfinished }: Trail, id: string | undefined): Trail {
  if (id === undefined) return { made: [] }
  const left = without(made, id)
  return left.length < made.length ? { made: left, unfinished } : { made }
}

function without(made: readonly Told[], id: EventResource['idValue']): readonly Told[] {
  return made.filter(({ entry }) => entry.idValue !== id)
}

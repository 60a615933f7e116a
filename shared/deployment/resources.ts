/**
 * What resources and outputs a stack shows: the view that the last run left, and, while a job runs, what its events say
 * has changed since. A resource keeps the status of the last operation on it `[ListStackResources]`.
 */
import * as z from 'zod/mini'
import type { ResourceStatus } from '../contract/enums.ts'
import { resourceStatuses } from '../contract/enums.ts'
import { type EngineEvent, Output, ResourceInstance } from '../engine/protocol.ts'

export const ShownResource = z.extend(ResourceInstance, {
  status: z.enum(resourceStatuses),
  statusMessage: z.optional(z.string()),
})
export type ShownResource = z.infer<typeof ShownResource>

/** The blob that a stack's `viewKey` names. */
export const StackView = z.object({ resources: z.array(ShownResource), outputs: z.array(Output) })
export type StackView = z.infer<typeof StackView>

export const emptyView: StackView = { resources: [], outputs: [] }

const known: ReadonlySet<string> = new Set(resourceStatuses)

/** What an event says of a resource. */
type Operation = Pick<EngineEvent, 'type' | 'resource'>

interface Progress {
  readonly event: Operation
  readonly status: ResourceStatus
}

/** The last operation on each resource, by address. */
function lastOperations(events: Iterable<Operation>): Map<string, Progress> {
  const last = new Map<string, Progress>()
  for (const event of events) {
    if (!event.resource || !known.has(event.type)) continue
    last.set(event.resource.address, { event, status: event.type as ResourceStatus })
  }
  return last
}

/** What is known of the resources from the events of a deployment, kept as they come. */
export interface Course<Event extends Operation> {
  add(event: Event): void
  /** The last operation on each resource and the first error about it: as many as there are resources, not events. */
  events(): Event[]
  /** How many operations came to their end. */
  finished(): number
}

export function followCourse<Event extends Operation>(): Course<Event> {
  const operations = new Map<string, Event>()
  const errors = new Map<string, Event>()
  let finished = 0
  return {
    add: (event) => {
      const address = event.resource?.address
      if (address === undefined) return
      if (known.has(event.type)) operations.set(address, event)
      else if (event.type === 'ERROR' && !errors.has(address)) errors.set(address, event)
      if (event.type.endsWith('_COMPLETE')) finished += 1
    },
    events: () => [...operations.values(), ...errors.values()],
    finished: () => finished,
  }
}

function fromEvent({ event, status }: Progress): ShownResource[] {
  const { resource } = event
  if (!resource) return []
  const { address, type, name, key, idValue } = resource
  const shown = { address, type, name, ...(key === undefined ? {} : { key }), ...(idValue ? { id: idValue } : {}) }
  return [{ ...shown, tainted: false, attributes: [], status }]
}

/** While a job runs: the earlier view, overlaid by what its events tell since (oldest first). */
export function viewInProgress(before: StackView, events: Iterable<Operation>): ShownResource[] {
  const last = lastOperations(events)
  const kept = before.resources.map((resource) => {
    const progress = last.get(resource.address)
    last.delete(resource.address)
    return progress ? { ...resource, status: progress.status } : resource
  })
  const added = [...last.values()].flatMap(fromEvent)
  return [...kept, ...added].filter((resource) => resource.status !== 'DELETION_COMPLETE')
}

/**
 * After a run: what the state holds, each with the status of the last operation on it, and what failed without leaving
 * anything behind, so that a person sees what went wrong where.
 * @param errors the engine's error texts by resource address
 */
export function viewAfter(
  before: StackView,
  state: { readonly resources: readonly ResourceInstance[]; readonly outputs: readonly Output[] },
  events: Iterable<EngineEvent>,
  errors: ReadonlyMap<string, string>,
): StackView {
  const earlier = new Map(before.resources.map((resource) => [resource.address, resource]))
  const last = lastOperations(events)
  const statusOf = (resource: ResourceInstance): ResourceStatus => {
    const now = last.get(resource.address)?.status
    if (resource.tainted) return 'CREATION_FAILED'
    if (now?.endsWith('_FAILED') || now === 'CREATION_COMPLETE' || now === 'UPDATE_COMPLETE') return now
    // Deleted and yet there: its replacement was made first, and the deletion was the old one's.
    if (now === 'DELETION_COMPLETE') return 'CREATION_COMPLETE'
    return earlier.get(resource.address)?.status ?? 'CREATION_COMPLETE'
  }
  const present = state.resources.map((resource) => {
    const status = statusOf(resource)
    const message = status.endsWith('_FAILED')
      ? (errors.get(resource.address) ?? earlier.get(resource.address)?.statusMessage)
      : undefined
    return { ...resource, status, ...(message ? { statusMessage: message } : {}) }
  })
  const held = new Set(present.map((resource) => resource.address))
  const failed = [...last.values()]
    .filter(({ event, status }) => status.endsWith('_FAILED') && !held.has(event.resource?.address ?? ''))
    .flatMap(fromEvent)
    .map((resource) => {
      const message = errors.get(resource.address)
      return message ? { ...resource, statusMessage: message } : resource
    })
  return { resources: [...present, ...failed], outputs: [...state.outputs] }
}

/** What can be seen of a stack from outside, and what must hold of it: the same invariants as in schedules. */
import { existsSync, readFileSync } from 'node:fs'
import type { StackEvent, StackResource } from '../../../shared/contract/stack-reads.ts'
import { jobWords } from '../../../shared/deployment/job-words.ts'
import type { InvariantName } from '../invariants/names.ts'
import type { Violation } from '../simulation/world.ts'

export interface Observed {
  /** Oldest first. */
  readonly events: readonly StackEvent[]
  readonly resources: readonly StackResource[]
  readonly status: string
  /** What was made in the outside world. */
  readonly journal: readonly string[]
}

export function readJournal(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean) : []
}

const nameOf = ({ resource_name: name, resource_id_value: id }: StackEvent) => `${name} (${id})`

/** Creations that events tell of, without those that they tell the deletion of. */
function standing(events: readonly StackEvent[]): StackEvent[] {
  const gone = new Set(
    events
      .filter(({ event_type }) => event_type === 'DELETION_COMPLETE')
      .map(({ resource_id_value }) => resource_id_value),
  )
  return events.filter((event) => event.event_type === 'CREATION_COMPLETE' && !gone.has(event.resource_id_value))
}

function unknown({ events, resources }: Observed): string[] {
  const held = new Set(resources.map(({ physical_resource_id: id }) => id))
  const told = new Set(events.filter(({ event_type }) => event_type === 'ERROR').map(({ resource_id_value: id }) => id))
  return standing(events)
    .filter(({ resource_id_value: id }) => !held.has(id) && !told.has(id))
    .map((event) => `${nameOf(event)} is forgotten`)
}

/** How often an engine was started for the deployment, as the events say. */
function runsOf(events: readonly StackEvent[]): number {
  const begins = [jobWords.deploy.begin, 'Continued by attempt ']
  return events.filter(({ event_message: message = '' }) => begins.some((words) => message.startsWith(words))).length
}

/**
 * Told of twice, or made more often than engines were started. A resource may be made again when nobody had heard of the
 * one before: its provisioner had noted its making when the engine was killed.
 */
function madeTwice({ events, journal }: Observed): string[] {
  const byName = Map.groupBy(standing(events), ({ resource_name: name }) => String(name))
  const told = [...byName].filter(([, all]) => all.length > 1)
  const runs = runsOf(events)
  const made = [...Map.groupBy(journal, (line) => line)].filter(([, lines]) => lines.length > runs)
  return [
    ...told.map(([name, all]) => `${name} was told of ${all.length} times`),
    ...made.map(([name, lines]) => `${name} was made ${lines.length} times by ${runs} engines`),
  ]
}

function disordered({ events, status }: Observed): string[] {
  const problems: string[] = []
  const begun = new Set<string>()
  for (const { event_type: type, resource_name: name } of events) {
    if (type === 'CREATION_IN_PROGRESS') begun.add(String(name))
    if (type === 'CREATION_COMPLETE' && !begun.has(String(name))) problems.push(`${name} was made before it was begun`)
  }
  const last = events.at(-1)?.event_message ?? ''
  const says = status === 'DEPLOYMENT_COMPLETE' ? 'Deployment succeeded.' : 'Deployment failed: '
  if (!last.startsWith(says)) problems.push(`it is ${status} and its last event is "${last}"`)
  return problems
}

/** What is wrong with what was observed of a stack whose deployment has ended. */
export function problemsOf(observed: Observed): Violation[] {
  const as = (invariant: InvariantName) => (what: string) => ({ invariant, what })
  return [
    ...unknown(observed).map(as('known')),
    ...madeTwice(observed).map(as('madeOnce')),
    ...disordered(observed).map(as('events')),
  ]
}

/**
 * Events on their way to the table: gathered for a moment, written in order, never after the lease. A worker that lost its
 * job must not write over its lease's end, because the next attempt's events may stand there already.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../aws/clock.ts'
import type { EngineEvent } from '../engine/protocol.ts'
import { ClaimLost } from '../job/claim.ts'
import type { EventStore } from './events.ts'
import type { WorkingStack } from './outcome.ts'
import { type Course, followCourse } from './resources.ts'

export interface EventWriter {
  add(event: EngineEvent): void
  log(message: string): void
  /** What the events so far say of the resources. */
  readonly course: Omit<Course<EngineEvent>, 'add'>
  /** Writes what is left. Rejects when any write failed. */
  flush(): Promise<void>
}

const gatherMs = 150

/** Beside the patience that the table's client has with each write. */
const patientTries = 4
const firstPauseMs = 50

/**
 * Writes what is left, with patience: what a runner told that is dead by now is nowhere else.
 * @throws ClaimLost at once when the lease is over; otherwise the table's last error.
 */
export async function flushPatiently(events: EventWriter): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await events.flush()
    } catch (error) {
      if (error instanceof ClaimLost || tried === patientTries) throw error
      await wait(firstPauseMs * 3 ** (tried - 1))
    }
  }
}

export function openEventWriter(events: EventStore, stack: WorkingStack, clock: Clock): EventWriter {
  const { deploymentId, attempt, claim } = stack.job
  const course = followCourse<EngineEvent>()
  let unsent: EngineEvent[] = []
  let sent = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  const writeRest = async () => {
    const rest = unsent.slice()
    if (rest.length === 0) return
    if (clock.now().toISOString() > (claim?.leaseUntil ?? ''))
      throw new ClaimLost('the lease ended before the events were written')
    await events.append({ stackId: stack.id, deploymentId, attempt, first: sent }, rest)
    sent += rest.length
    unsent = unsent.slice(rest.length)
  }
  const schedule = () => {
    timer ??= setTimeout(() => {
      timer = undefined
      // What could not be written stays unsent; `flush` tries it again and reports the failure if there still is one.
      writing = writing.then(writeRest).catch(() => undefined)
    }, gatherMs)
  }
  const add = (event: EngineEvent) => {
    unsent.push(event)
    course.add(event)
    schedule()
  }
  return {
    add,
    log: (message) => add({ time: clock.now().toISOString(), type: 'LOG', message }),
    course,
    flush: () => {
      clearTimeout(timer)
      timer = undefined
      const done = writing.then(writeRest)
      writing = done.catch(() => undefined)
      return done
    },
  }
}

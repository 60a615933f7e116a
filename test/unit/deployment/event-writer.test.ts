/** Events on their way to the table: gathered, in order, tried again, and never written by a worker that is too late. */
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { type EventWriter, flushPatiently, openEventWriter } from '../../../shared/deployment/event-writer.ts'
import type { EventPosition, EventStore } from '../../../shared/deployment/events.ts'
import type { EngineEvent } from '../../../shared/engine/protocol.ts'
import { ClaimLost } from '../../../shared/job/claim.ts'
import { settableClock } from '../../support/fake-services.ts'
import { noon, queuedJob, secondsLater, workingStack } from '../../support/stack-records.ts'

const leaseUntil = secondsLater(900).toISOString()
const stack = workingStack({ job: queuedJob({ attempt: 4, claim: { token: 't', leaseUntil } }) })

interface Append {
  readonly first: number
  readonly messages: readonly string[]
}

/** A store that keeps every append it took, refuses the first few, and can be slow. */
function recordingStore({ failures = 0, delayMs = 0 } = {}) {
  const appends: Append[] = []
  const positions: EventPosition[] = []
  let left = failures
  let tries = 0
  let running = 0
  let together = 0
  const append: EventStore['append'] = async (position, events) => {
    tries += 1
    running += 1
    together = Math.max(together, running)
    await wait(delayMs)
    running -= 1
    left -= 1
    if (left >= 0) throw new Error('throttled')
    positions.push(position)
    appends.push({ first: position.first, messages: events.map(({ message }) => message) })
  }
  return { store: { append } as EventStore, appends, positions, mostAtOnce: () => together, tries: () => tries }
}

const gathering = 200
const write = (writer: EventWriter, from: number, to: number) => {
  for (let at = from; at < to; at += 1) writer.log(`event ${at}`)
}
const numbers = (appends: readonly Append[]) =>
  appends.flatMap(({ messages }) => messages.map((text) => text.split(' ')[1]))

describe('events', () => {
  test('are gathered for a moment and written together, where the attempt stands', async () => {
    const { store, appends, positions } = recordingStore()
    const writer = openEventWriter(store, stack, settableClock(noon))
    write(writer, 0, 30)
    expect(appends).toEqual([])
    await vi.waitFor(() => expect(appends).toHaveLength(1))
    write(writer, 30, 35)
    await writer.flush()
    expect(appends.map(({ first, messages }) => [first, messages.length])).toEqual([
      [0, 30],
      [30, 5],
    ])
    expect(positions[0]).toEqual({ stackId: stack.id, deploymentId: stack.job.deploymentId, attempt: 4, first: 0 })
  })

  test('keep their order and come once, however slow the table is and however often they are flushed', async () => {
    const { store, appends, mostAtOnce } = recordingStore({ delayMs: 20 })
    const writer = openEventWriter(store, stack, settableClock(noon))
    const flushes: Promise<void>[] = []
    for (let at = 0; at < 20; at += 1) {
      write(writer, at, at + 1)
      if (at % 4 === 0) flushes.push(writer.flush())
      await wait(5)
    }
    await Promise.all([...flushes, writer.flush()])
    expect(numbers(appends)).toEqual(Array.from({ length: 20 }, (_, at) => String(at)))
    expect(mostAtOnce()).toBe(1)
  })

  test('of the service carry the time of its clock', async () => {
    const clock = settableClock(noon)
    const written: EngineEvent[] = []
    const append: EventStore['append'] = async (_, events) => void written.push(...events)
    const writer = openEventWriter({ append } as EventStore, stack, clock)
    writer.log('first')
    clock.set(secondsLater(5))
    writer.log('second')
    await writer.flush()
    expect(written).toEqual([
      { time: noon.toISOString(), type: 'LOG', message: 'first' },
      { time: secondsLater(5).toISOString(), type: 'LOG', message: 'second' },
    ])
  })

  test('that were never added cost no write', async () => {
    const { store, appends } = recordingStore()
    await openEventWriter(store, stack, settableClock(noon)).flush()
    expect(appends).toEqual([])
  })
})

describe('a write that fails', () => {
  test('is tried again with everything that came since, and nothing is lost or doubled', async () => {
    const { store, appends, tries } = recordingStore({ failures: 1 })
    const writer = openEventWriter(store, stack, settableClock(noon))
    write(writer, 0, 3)
    await vi.waitFor(() => expect(tries()).toBe(1))
    expect(appends).toEqual([])
    write(writer, 3, 5)
    await vi.waitFor(() => expect(tries()).toBe(2))
    await writer.flush()
    expect(appends).toEqual([{ first: 0, messages: ['event 0', 'event 1', 'event 2', 'event 3', 'event 4'] }])
  })

  test('at the end is reported, and a later flush may still succeed', async () => {
    const { store, appends } = recordingStore({ failures: 2 })
    const writer = openEventWriter(store, stack, settableClock(noon))
    write(writer, 0, 2)
    await expect(writer.flush()).rejects.toThrow('throttled')
    await expect(writer.flush()).rejects.toThrow('throttled')
    await writer.flush()
    expect(numbers(appends)).toEqual(['0', '1'])
  })
})

describe('a write with patience', () => {
  test('outlives a table that refuses for a while, and not one that goes on refusing', async () => {
    const { store, appends } = recordingStore({ failures: 3 })
    const writer = openEventWriter(store, stack, settableClock(noon))
    write(writer, 0, 2)
    await flushPatiently(writer)
    expect(numbers(appends)).toEqual(['0', '1'])
    const refusing = openEventWriter(recordingStore({ failures: 99 }).store, stack, settableClock(noon))
    write(refusing, 0, 1)
    await expect(flushPatiently(refusing)).rejects.toThrow('throttled')
  })

  test('is given up at once when the lease is over', async () => {
    const { store, tries } = recordingStore()
    const writer = openEventWriter(store, stack, settableClock(secondsLater(901)))
    write(writer, 0, 1)
    await expect(flushPatiently(writer)).rejects.toThrow(ClaimLost)
    expect(tries()).toBe(0)
  })
})

describe('a worker whose lease is over', () => {
  test('writes nothing more, neither by itself nor when it is told to', async () => {
    const { store, appends } = recordingStore()
    const clock = settableClock(secondsLater(899))
    const writer = openEventWriter(store, stack, clock)
    write(writer, 0, 1)
    await writer.flush()
    write(writer, 1, 3)
    clock.set(secondsLater(900.001))
    await wait(gathering)
    await expect(writer.flush()).rejects.toThrow(ClaimLost)
    expect(numbers(appends)).toEqual(['0'])
  })

  test('may still write in its very last moment', async () => {
    const { store, appends } = recordingStore()
    const writer = openEventWriter(store, stack, settableClock(secondsLater(900)))
    write(writer, 0, 1)
    await writer.flush()
    expect(numbers(appends)).toEqual(['0'])
  })

  test('or that never had one writes nothing', async () => {
    const { store, appends } = recordingStore()
    const writer = openEventWriter(store, workingStack(), settableClock(noon))
    write(writer, 0, 1)
    await expect(writer.flush()).rejects.toThrow(ClaimLost)
    expect(appends).toEqual([])
  })
})

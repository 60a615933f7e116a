/**
 * A FIFO queue as SQS has it: in order within a group, nothing of a group while one of it is in flight, repetitions dropped
 * for five minutes, messages that were received in vain too often moved to the dead-letter queue.
 * Source: SQS developer guide, "FIFO queues", "Visibility timeout", "Dead-letter queues".
 */
import type { Happening, World } from './world.ts'

export interface QueueMessage {
  readonly id: string
  readonly body: string
  readonly group: string
  /** It is hidden until then: in flight, or delayed. */
  visibleAtMs: number
  receives: number
  /** Changes with every receipt; only the last one deletes. */
  receipt: number
}

/** What the function behind the queue did with a delivery. */
export type DeliveryEnd = 'done' | 'failed' | 'died'

export interface Consumer {
  readonly atOnce: number
  /** Starts the function on a message. */
  readonly deliver: (message: QueueMessage, end: (how: DeliveryEnd) => void) => void
}

export interface QueueOptions {
  readonly name: string
  readonly visibilityMs: number
  readonly mostReceives?: number
  readonly deadLetters?: SimulatedQueue
  readonly consumer: Consumer
}

export interface SimulatedQueue {
  send(body: string, group: string, deduplicationId: string): void
  readonly messages: readonly QueueMessage[]
}

const deduplicationMs = 5 * 60_000

export function openSimulatedQueue(world: World, options: QueueOptions): SimulatedQueue {
  const { name, visibilityMs, mostReceives, deadLetters, consumer } = options
  const messages: QueueMessage[] = []
  const sent = new Map<string, number>()
  let running = 0
  let made = 0

  const remove = (message: QueueMessage) => {
    const at = messages.indexOf(message)
    if (at >= 0) messages.splice(at, 1)
  }
  const insert = (body: string, group: string, delayMs = 0) => {
    made += 1
    const message = {
      id: `${name} ${made}`,
      body,
      group,
      visibleAtMs: world.nowMs() + delayMs,
      receives: 0,
      receipt: 0,
    }
    messages.push(message)
  }
  const finish = (message: QueueMessage, receipt: number, how: DeliveryEnd) => {
    running -= 1
    world.trace.add(world.nowMs(), '-', `${message.id}: delivery ${how}`)
    // The deletion itself can be lost; then the message comes again.
    if (how !== 'done' || message.receipt !== receipt || world.trouble('lost acknowledgement', 0.02)) return
    remove(message)
  }
  const deliver = (message: QueueMessage) => {
    if (deadLetters && message.receives >= (mostReceives ?? Number.POSITIVE_INFINITY)) {
      remove(message)
      deadLetters.send(message.body, message.group, message.id)
      return
    }
    message.receives += 1
    message.receipt += 1
    message.visibleAtMs = world.nowMs() + visibilityMs
    running += 1
    const { receipt } = message
    consumer.deliver(message, (how) => finish(message, receipt, how))
  }
  /** The first message of each group, if it is not hidden. */
  const deliverable = () => {
    const groups = new Set<string>()
    return messages.filter((message) => {
      if (groups.has(message.group)) return false
      groups.add(message.group)
      return message.visibleAtMs <= world.nowMs()
    })
  }
  const happenings = (): Happening[] =>
    running >= consumer.atOnce || world.outages.isOut('queue')
      ? []
      : deliverable().map((message) => ({
          label: `${message.id} is received (${message.receives + 1})`,
          happen: () => deliver(message),
        }))
  world.surroundings.push({
    happenings,
    nextAtMs: () => {
      const times = [...messages.map(({ visibleAtMs }) => visibleAtMs), world.outages.endMs('queue')]
      const later = messages.length > 0 ? times.filter((time) => time > world.nowMs()) : []
      return later.length > 0 ? Math.min(...later) : undefined
    },
    disturb: () => {
      if (messages.length === 0) return
      const message = world.random.pick(messages)
      if (world.trouble('lost message', world.profile.lostMessages)) {
        world.trace.add(world.nowMs(), '-', `${message.id} is lost`)
        remove(message)
      } else if (world.trouble('doubled message', world.profile.doubledMessages)) {
        world.trace.add(world.nowMs(), '-', `${message.id} is doubled`)
        insert(message.body, message.group)
      }
    },
  })
  return {
    messages,
    send: (body, group, deduplicationId) => {
      const lastMs = sent.get(deduplicationId)
      if (lastMs !== undefined && world.nowMs() - lastMs < deduplicationMs) return
      sent.set(deduplicationId, world.nowMs())
      const lateMs = world.trouble('late message', world.profile.doubledMessages)
        ? world.random.between(1, 900) * 1000
        : 0
      if (lateMs > 0) world.troubleLastsUntil(world.nowMs() + lateMs)
      insert(body, group, lateMs)
    },
  }
}

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

/** A queue with what it holds; the functions below are what happens to it. */
interface State extends QueueOptions {
  readonly world: World
  readonly messages: QueueMessage[]
  /** When each deduplication id was last accepted. */
  readonly accepted: Map<string, number>
  running: number
  made: number
}

function remove({ messages }: State, message: QueueMessage): void {
  const at = messages.indexOf(message)
  if (at >= 0) messages.splice(at, 1)
}

function insert(state: State, body: string, group: string, delayMs = 0): void {
  state.made += 1
  const id = `${state.name} ${state.made}`
  state.messages.push({ id, body, group, visibleAtMs: state.world.nowMs() + delayMs, receives: 0, receipt: 0 })
}

function finish(state: State, message: QueueMessage, receipt: number, how: DeliveryEnd): void {
  const { world } = state
  state.running -= 1
  world.trace.add(world.nowMs(), '-', `${message.id}: delivery ${how}`)
  // The deletion itself can be lost; then the message comes again.
  if (how !== 'done' || message.receipt !== receipt || world.trouble('lost acknowledgement', 0.02)) return
  remove(state, message)
}

function deliver(state: State, message: QueueMessage): void {
  const { world, deadLetters, mostReceives = Number.POSITIVE_INFINITY, visibilityMs, consumer } = state
  if (deadLetters && message.receives >= mostReceives) {
    remove(state, message)
    deadLetters.send(message.body, message.group, message.id)
    return
  }
  message.receives += 1
  message.receipt += 1
  message.visibleAtMs = world.nowMs() + visibilityMs
  state.running += 1
  const { receipt } = message
  consumer.deliver(message, (how) => finish(state, message, receipt, how))
}

/** The first message of each group, if it is not hidden. */
function deliverable({ messages, world }: State): QueueMessage[] {
  const groups = new Set<string>()
  return messages.filter((message) => {
    if (groups.has(message.group)) return false
    groups.add(message.group)
    return message.visibleAtMs <= world.nowMs()
  })
}

function happenings(state: State): Happening[] {
  if (state.running >= state.consumer.atOnce || state.world.outages.isOut('queue')) return []
  return deliverable(state).map((message) => ({
    label: `${message.id} is received (${message.receives + 1})`,
    happen: () => deliver(state, message),
  }))
}

function nextAtMs({ messages, world }: State): number | undefined {
  if (messages.length === 0) return undefined
  const times = [...messages.map(({ visibleAtMs }) => visibleAtMs), world.outages.endMs('queue')]
  const later = times.filter((time) => time > world.nowMs())
  return later.length > 0 ? Math.min(...later) : undefined
}

function disturb(state: State): void {
  const { world, messages } = state
  if (messages.length === 0) return
  const message = world.random.pick(messages)
  if (world.trouble('lost message', world.profile.lostMessages)) {
    world.trace.add(world.nowMs(), '-', `${message.id} is lost`)
    remove(state, message)
  } else if (world.trouble('doubled message', world.profile.doubledMessages)) {
    world.trace.add(world.nowMs(), '-', `${message.id} is doubled`)
    insert(state, message.body, message.group)
  }
}

function send(state: State, body: string, group: string, deduplicationId: string): void {
  const { world, accepted } = state
  const lastMs = accepted.get(deduplicationId)
  if (lastMs !== undefined && world.nowMs() - lastMs < deduplicationMs) return
  accepted.set(deduplicationId, world.nowMs())
  const isLate = world.trouble('late message', world.profile.doubledMessages)
  const lateMs = isLate ? world.random.between(1, 900) * 1000 : 0
  if (isLate) world.troubleLastsUntil(world.nowMs() + lateMs)
  insert(state, body, group, lateMs)
}

export function openSimulatedQueue(world: World, options: QueueOptions): SimulatedQueue {
  const state: State = { ...options, world, messages: [], accepted: new Map(), running: 0, made: 0 }
  world.surroundings.push({
    happenings: () => happenings(state),
    nextAtMs: () => nextAtMs(state),
    disturb: () => disturb(state),
  })
  return {
    messages: state.messages,
    send: (body, group, deduplicationId) => send(state, body, group, deduplicationId),
  }
}

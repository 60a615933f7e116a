/** The simulated queue has the rules of an SQS FIFO queue that the service relies on. */
import { beforeEach, expect, test } from 'vitest'
import {
  type DeliveryEnd,
  openSimulatedQueue,
  type QueueMessage,
  type SimulatedQueue,
} from '../../faults/simulation/queue.ts'
import { createWorld, type World } from '../../faults/simulation/world.ts'

interface Delivery {
  readonly body: string
  readonly end: (how: DeliveryEnd) => void
}

let world: World
let deliveries: Delivery[]
let dead: string[]
let queue: SimulatedQueue

beforeEach(() => {
  world = createWorld(1)
  world.troubled = false
  deliveries = []
  dead = []
  const consumer = {
    atOnce: 2,
    deliver: ({ body }: QueueMessage, end: Delivery['end']) => void deliveries.push({ body, end }),
  }
  const deadLetters = { messages: [], send: (body: string) => void dead.push(body) }
  queue = openSimulatedQueue(world, { name: 'message', visibilityMs: 60_000, mostReceives: 2, deadLetters, consumer })
})

/** Lets everything happen that can. */
function deliverAll(): string[] {
  const before = deliveries.length
  for (let rounds = 0; rounds < 10; rounds += 1) {
    const [first] = world.surroundings.flatMap((surrounding) => surrounding.happenings())
    first?.happen()
  }
  return deliveries.slice(before).map(({ body }) => body)
}
const later = (seconds: number) => world.advanceTo(world.nowMs() + seconds * 1000)

test('hands over in order within a group, one at a time, and groups side by side', () => {
  for (const body of ['a1', 'a2', 'b1']) queue.send(body, body[0] ?? '', body)
  expect(deliverAll()).toEqual(['a1', 'b1'])
  deliveries[0]?.end('done')
  expect(deliverAll()).toEqual(['a2'])
})

test('hands over no more at once than there are consumers', () => {
  for (const body of ['a', 'b', 'c']) queue.send(body, body, body)
  expect(deliverAll()).toEqual(['a', 'b'])
  deliveries[1]?.end('done')
  expect(deliverAll()).toEqual(['c'])
})

test('drops a repetition for five minutes', () => {
  queue.send('first', 'a', 'same')
  queue.send('second', 'a', 'same')
  expect(queue.messages).toHaveLength(1)
  later(301)
  queue.send('third', 'a', 'same')
  expect(queue.messages).toHaveLength(2)
})

test('hands over again what was not acknowledged, after its visibility timeout, and blocks its group until then', () => {
  queue.send('a1', 'a', '1')
  queue.send('a2', 'a', '2')
  expect(deliverAll()).toEqual(['a1'])
  deliveries[0]?.end('died')
  expect(deliverAll()).toEqual([])
  expect(world.surroundings[0]?.nextAtMs()).toBe(world.nowMs() + 60_000)
  later(60)
  expect(deliverAll()).toEqual(['a1'])
})

test('does not take the acknowledgement of a delivery that is over', () => {
  queue.send('a1', 'a', '1')
  deliverAll()
  later(60)
  expect(deliverAll()).toEqual(['a1'])
  deliveries[0]?.end('done')
  expect(queue.messages).toHaveLength(1)
  deliveries[1]?.end('done')
  expect(queue.messages).toHaveLength(0)
})

test('moves a message that was received in vain too often to the dead letters', () => {
  queue.send('a1', 'a', '1')
  for (let received = 0; received < 2; received += 1) {
    expect(deliverAll()).toEqual(['a1'])
    deliveries.at(-1)?.end('failed')
    later(60)
  }
  expect(deliverAll()).toEqual([])
  expect(dead).toEqual(['a1'])
})

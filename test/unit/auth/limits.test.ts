/** How many commands a project may send, and how many creations may be under way at once. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCommandRate } from '../../../shared/auth/command-rate.ts'
import { openSlots, type Place, type WorkState } from '../../../shared/aws/slots.ts'
import { openPlanCreations } from '../../../shared/plan/creations.ts'
import { openPlanStore } from '../../../shared/plan/store.ts'
import { openStackCreations } from '../../../shared/stack/creations.ts'
import { openStackStore } from '../../../shared/stack/store.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'
import { noon, queuedJob, secondsLater, stackRecord } from '../../support/stack-records.ts'

let memory: MemoryTable
beforeAll(async () => {
  memory = await startMemoryTable()
})
afterAll(() => memory.stop())

describe('the rate of commands', () => {
  const tooMany = (retryAfterSeconds: number) =>
    expect.objectContaining({ errorName: 'TooManyRequests', retryAfterSeconds })

  test('lets exactly so many through in a minute, however many come at once', async () => {
    const rate = openCommandRate(memory.table, 10)
    const project = randomUUID()
    const answers = await Promise.allSettled(Array.from({ length: 30 }, () => rate.count(project, noon)))
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
  })

  test('says when the next minute begins, and begins anew then', async () => {
    const rate = openCommandRate(memory.table, 1)
    const project = randomUUID()
    await rate.count(project, secondsLater(5))
    await expect(rate.count(project, secondsLater(20))).rejects.toEqual(tooMany(40))
    await expect(rate.count(project, secondsLater(59))).rejects.toEqual(tooMany(1))
    await rate.count(project, secondsLater(60))
    await expect(rate.count(project, secondsLater(60))).rejects.toEqual(tooMany(60))
  })

  test("is each project's own, and leaves nothing behind for ever", async () => {
    const rate = openCommandRate(memory.table, 1)
    const [one, other] = [randomUUID(), randomUUID()]
    await rate.count(one, noon)
    await rate.count(other, noon)
    const startsAt = noon.getTime() / 1000
    const item = await memory.table.get({ pk: `RATE#${one}`, sk: `MINUTE#${startsAt}` })
    expect(item).toMatchObject({ taken: 1, expiresAt: startsAt + 3600 })
  })
})

describe('places for works under way', () => {
  function scene() {
    const states = new Map<string, WorkState>()
    const looks: string[] = []
    const slots = openSlots(memory.table, {
      pkOf: (owner) => `SLOTS#${owner}`,
      sk: 'SLOTS',
      stateOf: async (_owner, { id = '' }: Place) => {
        looks.push(id)
        return states.get(id) ?? 'absent'
      },
    })
    const owner = randomUUID()
    const take = async (id: string, limit: number, now = noon) => {
      const taken = await slots.take(owner, { id }, limit, now)
      if (taken) states.set(id, 'underway')
      return taken
    }
    return { slots, owner, states, looks, take }
  }

  test('are so many, exactly, however many ask at once', async () => {
    const { take } = scene()
    const taken = await Promise.all(Array.from({ length: 30 }, (_, at) => take(`work-${at}`, 7)))
    expect(taken.filter(Boolean)).toHaveLength(7)
  })

  test('are free again when a work has ended, and nobody looks before they are all taken', async () => {
    const { states, looks, take } = scene()
    expect([await take('a', 2), await take('b', 2)]).toEqual([true, true])
    expect(looks).toEqual([])
    expect(await take('c', 2)).toBe(false)
    states.set('a', 'ended')
    expect(await take('d', 2)).toBe(true)
    expect(await take('e', 2)).toBe(false)
  })

  test('are free again half a minute after they were taken for a work that never began', async () => {
    const { states, take } = scene()
    await take('a', 1)
    states.delete('a')
    expect(await take('b', 1, secondsLater(30))).toBe(false)
    expect(await take('b', 1, secondsLater(31))).toBe(true)
  })

  test('can be given back', async () => {
    const { slots, owner, take } = scene()
    await take('a', 1)
    await slots.release(owner, { id: 'a' }, noon)
    expect(await take('b', 1)).toBe(true)
  })
})

describe('a creation under way', () => {
  test('is a stack in its first deployment, and no later one', async () => {
    const creations = openStackCreations(memory.table)
    const stacks = openStackStore(memory.table)
    const stack = stackRecord({ status: 'DEPLOYMENT_IN_PROGRESS', generation: 1, job: queuedJob() })
    const { project, name, id } = stack
    await stacks.create(stack)
    expect(await creations.take(project, { name, id }, 1, noon)).toBe(true)
    const another = { name: 'another', id: randomUUID() }
    expect(await creations.take(project, another, 1, noon)).toBe(false)
    const { job: _, ...done } = stack
    const committed = await stacks.commit(stack, { ...done, status: 'DEPLOYMENT_COMPLETE' })
    expect(committed.outcome).toBe('committed')
    expect(await creations.take(project, another, 1, noon)).toBe(true)
  })

  test('is an execution plan that is being made', async () => {
    const creations = openPlanCreations(memory.table)
    const plans = openPlanStore(memory.table)
    const project = randomUUID()
    const plan = {
      project,
      stackName: 'web',
      stackId: randomUUID(),
      name: 'review',
      id: randomUUID(),
      status: 'CREATION_IN_PROGRESS',
      createdAt: noon.toISOString(),
      version: 1,
      generation: 0,
      fingerprint: 'f',
    } as unknown as Parameters<typeof plans.create>[0]
    await plans.create(plan)
    const place = { stackId: plan.stackId, name: plan.name, id: plan.id }
    expect(await creations.take(project, place, 1, noon)).toBe(true)
    const another = { ...place, name: 'another', id: randomUUID() }
    expect(await creations.take(project, another, 1, secondsLater(600))).toBe(false)
    await plans.commit(plan, { ...plan, status: 'AVAILABLE' })
    expect(await creations.take(project, another, 1, secondsLater(600))).toBe(true)
  })
})

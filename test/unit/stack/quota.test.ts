/** How many stacks a project may have, counted under fire on a real DynamoDB-compatible server. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Table } from '../../../shared/aws/table.ts'
import { openStackQuota, type StackQuota } from '../../../shared/stack/quota.ts'
import { openStackStore } from '../../../shared/stack/store.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'
import { noon, secondsLater, stackRecord } from '../../support/stack-records.ts'

let memory: MemoryTable
let quota: StackQuota
let project: string

beforeAll(async () => {
  memory = await startMemoryTable()
  quota = openStackQuota(memory.table)
})
afterAll(() => memory.stop())
beforeEach(() => {
  project = randomUUID()
})

/** How many of so many reservations at once are granted. */
async function granted(wanted: number, limit: number, now = noon): Promise<number> {
  const answers = await Promise.all(Array.from({ length: wanted }, () => quota.reserve(project, limit, now)))
  return answers.filter(Boolean).length
}

/** Puts stacks into the table without counting them, as a crash between the two writes would leave it the other way round. */
async function stacksInTable(count: number): Promise<void> {
  const stacks = openStackStore(memory.table)
  for (let at = 0; at < count; at += 1) await stacks.create(stackRecord({ project }))
}

describe('a reservation', () => {
  test('is granted to exactly 100 of 150 that come at once', async () => {
    expect(await granted(150, 100)).toBe(100)
    expect(await granted(1, 100)).toBe(0)
  })

  test('is counted per project', async () => {
    expect(await granted(1, 1)).toBe(1)
    project = randomUUID()
    expect(await granted(1, 1)).toBe(1)
  })

  test('is possible again after a release, and once per release', async () => {
    await granted(3, 3)
    await quota.release(project, noon)
    expect(await granted(2, 3)).toBe(1)
  })

  test('never profits from a release of what was never reserved', async () => {
    for (let at = 0; at < 3; at += 1) await quota.release(project, noon)
    expect(await granted(2, 1)).toBe(1)
    await quota.release(project, noon)
    await quota.release(project, noon)
    expect(await granted(2, 1)).toBe(1)
  })
})

describe('a count that is too high, because a creation or a deletion broke off', () => {
  test('is set right by the reservation that it refuses, once nobody has touched it for a minute', async () => {
    await granted(3, 3)
    await stacksInTable(1)
    expect(await granted(1, 3, secondsLater(61))).toBe(1)
    expect(await granted(2, 3, secondsLater(62))).toBe(1)
  })

  test('is left alone for that minute: a reservation may be on its way to its stack', async () => {
    await granted(3, 3)
    expect(await granted(5, 3, secondsLater(59))).toBe(0)
  })

  test('is left alone when the stacks are really there', async () => {
    await granted(2, 2)
    await stacksInTable(2)
    expect(await granted(5, 2, secondsLater(3600))).toBe(0)
  })

  test('is not counted again for a minute when it was right', async () => {
    await granted(2, 2)
    await stacksInTable(2)
    let queries = 0
    const table: Table = {
      ...memory.table,
      query: (options) => {
        queries += 1
        return memory.table.query(options)
      },
    }
    const full = openStackQuota(table)
    for (const seconds of [100, 110, 159]) expect(await full.reserve(project, 2, secondsLater(seconds))).toBe(false)
    expect(queries).toBe(1)
    expect(await full.reserve(project, 2, secondsLater(161))).toBe(false)
    expect(queries).toBe(2)
  })

  test('is set right once by many refused at the same time, and then grants what is free, never more', async () => {
    await granted(10, 10)
    await stacksInTable(4)
    const atOnce = await granted(20, 10, secondsLater(120))
    expect(atOnce).toBeGreaterThanOrEqual(1)
    expect(atOnce + (await granted(20, 10, secondsLater(121)))).toBe(6)
  })

  test('is not set right over the head of somebody who touched it meanwhile', async () => {
    await granted(2, 2)
    let touched = false
    const table: Table = {
      ...memory.table,
      query: async (options) => {
        const page = await memory.table.query(options)
        // Between the counting and the correction a stack goes away and another one is reserved.
        if (!touched) {
          touched = true
          await quota.release(project, secondsLater(120))
          await quota.reserve(project, 2, secondsLater(120))
        }
        return page
      },
    }
    expect(await openStackQuota(table).reserve(project, 2, secondsLater(120))).toBe(false)
    expect(touched).toBe(true)
    expect(await granted(1, 2, secondsLater(121))).toBe(0)
  })

  test('is counted over more stacks than one answer of the table holds', async () => {
    await granted(5, 5)
    await stacksInTable(3)
    const onePerPage: Table = { ...memory.table, query: (options) => memory.table.query({ ...options, limit: 1 }) }
    const careful = openStackQuota(onePerPage)
    expect(await careful.reserve(project, 5, secondsLater(120))).toBe(true)
    expect(await granted(3, 5, secondsLater(121))).toBe(1)
  })
})

// Bug: a release whose answer was lost was sent again by the SDK and counted twice; one that came after a recount gave a
// place back that the recount had given back. The project could have more stacks than it may.
describe('a place that is given back', () => {
  test('is given back once, also when the answer is lost and the request is sent again', async () => {
    await granted(3, 3)
    const twice: Table = {
      ...memory.table,
      change: async (...given) => {
        await memory.table.change(...given)
        return memory.table.change(...given)
      },
    }
    await openStackQuota(twice).release(project, noon)
    expect(await granted(3, 3)).toBe(1)
  })

  test('is not given back again, when the removed stack was left out by a recount in between', async () => {
    await granted(2, 2)
    await stacksInTable(1)
    const mark = await quota.mark(project)
    // The other stack is removed; before its worker says so, a refused reservation counts.
    expect(await granted(1, 2, secondsLater(61))).toBe(1)
    await quota.release(project, secondsLater(62), mark)
    expect(await granted(1, 2, secondsLater(63))).toBe(0)
  })

  test('is given back after a recount that came before the removal', async () => {
    await granted(2, 2)
    await stacksInTable(2)
    expect(await granted(1, 2, secondsLater(61))).toBe(0)
    const mark = await quota.mark(project)
    await quota.release(project, secondsLater(62), mark)
    expect(await granted(2, 2, secondsLater(63))).toBe(1)
  })

  test('costs no more, and leaves no more behind, however often it happens', async () => {
    await granted(60, 60)
    for (let at = 0; at < 60; at += 1) await quota.release(project, secondsLater(10 * at))
    const item = await memory.table.get({ pk: `PROJECT#${project}`, sk: 'COUNT#STACKS' })
    const released = item?.released as Set<string> | undefined
    expect(released?.size).toBeLessThan(25)
    expect(await granted(61, 60, secondsLater(700))).toBe(60)
  })
})

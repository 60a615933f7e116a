/** The simulated table does what a DynamoDB-compatible server does, through the same client code; what it does not know it refuses. */
import { randomUUID } from 'node:crypto'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Item, openTable, type Table } from '../../../shared/aws/table.ts'
import { openEventStore, walkEvents } from '../../../shared/deployment/events.ts'
import { openDeploymentStore } from '../../../shared/deployment/record.ts'
import { openDueJobs } from '../../../shared/job/due-jobs.ts'
import { openStackCreations } from '../../../shared/stack/creations.ts'
import { openStackQuota } from '../../../shared/stack/quota.ts'
import { openStackStore } from '../../../shared/stack/store.ts'
import { formOf } from '../../faults/sdk/client-dynamodb.ts'
import { openSimulatedTable } from '../../faults/simulation/table.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'
import { noon, secondsLater, stackRecord, workingStack } from '../../support/stack-records.ts'

let memory: MemoryTable
beforeAll(async () => {
  memory = await startMemoryTable()
})
afterAll(() => memory.stop())

function simulatedTable(mostRows?: number): Table {
  const table = openSimulatedTable(mostRows ? { mostRows } : {})
  const client = { send: async (command: unknown) => formOf(table, command).effect() }
  return openTable('simulated', client as unknown as DynamoDBClient)
}

const tables = [
  ['a DynamoDB-compatible server', () => memory.table],
  ['the simulated table', () => simulatedTable()],
] as const

describe.each(tables)('%s', (_name, open) => {
  let table: Table
  let pk: string
  beforeEach(() => {
    table = open()
    pk = randomUUID()
  })
  const key = (sk = 'a') => ({ pk, sk })
  const found = () => table.get(key())

  test('puts, finds and deletes', async () => {
    expect(await found()).toBeUndefined()
    expect(await table.put({ ...key(), n: 1, list: ['x'], map: { y: true } })).toBe(true)
    expect(await found()).toEqual({ ...key(), n: 1, list: ['x'], map: { y: true } })
    expect(await table.delete(key())).toBe(true)
    expect(await table.delete(key())).toBe(true)
    expect(await found()).toBeUndefined()
  })

  test.each([
    ['attribute_not_exists(pk)', {}, false],
    ['attribute_not_exists(absent)', {}, true],
    ['#n = :n', { n: 5 }, true],
    ['#n = :n', { n: 6 }, false],
    ['#n < :n', { n: 6 }, true],
    ['#n < :n', { n: 5 }, false],
    ['#n <= :n', { n: 5 }, true],
    ['#n > :n', { n: 4 }, true],
    ['absent = :n', { n: 5 }, false],
    ['absent < :n', { n: 5 }, false],
    ['#n = :n AND attribute_not_exists(absent)', { n: 5 }, true],
    ['#n = :n OR attribute_not_exists(absent)', { n: 6 }, true],
    ['attribute_not_exists(pk) OR #n = :n AND absent = :n', { n: 5 }, false],
    ['NOT contains(members, :s)', { s: 'x' }, false],
    ['NOT contains(members, :s)', { s: 'z' }, true],
    ['NOT contains(absent, :s)', { s: 'x' }, true],
    ['size(members) < :n', { n: 3 }, true],
    ['size(members) < :n', { n: 2 }, false],
    ['size(absent) < :n', { n: 3 }, false],
    ['begins_with(word, :s)', { s: 'wo' }, true],
    ['begins_with(word, :s)', { s: 'or' }, false],
  ])('refuses or accepts by the condition %s with %j', async (text, given, accepted) => {
    await table.put({ ...key(), n: 5, members: new Set(['x', 'y']), word: 'word' })
    const values = Object.fromEntries(Object.entries(given).map(([name, value]) => [`:${name}`, value]))
    const names: Record<string, string> = text.includes('#n') ? { '#n': 'n' } : {}
    expect(await table.put({ ...key(), replaced: true }, { text, values, names })).toBe(accepted)
    expect((await found())?.replaced).toBe(accepted ? true : undefined)
  })

  test.each<[string, Record<string, unknown>, Item]>([
    ['SET n = :v', { v: 2 }, { n: 2, members: new Set(['x']) }],
    ['SET n = if_not_exists(n, :v), m = if_not_exists(m, :v)', { v: 2 }, { n: 1, m: 2, members: new Set(['x']) }],
    ['ADD n :v, m :v', { v: -3 }, { n: -2, m: -3, members: new Set(['x']) }],
    ['ADD members :v', { v: new Set(['y']) }, { n: 1, members: new Set(['x', 'y']) }],
    ['ADD absents :v', { v: new Set(['y']) }, { n: 1, members: new Set(['x']), absents: new Set(['y']) }],
    ['DELETE members :v', { v: new Set(['x', 'z']) }, { n: 1 }],
    ['SET m = :v REMOVE n, members', { v: 3 }, { m: 3 }],
    ['SET m = :v ADD n :v', { v: 3 }, { n: 4, m: 3, members: new Set(['x']) }],
  ])('updates by %s', async (text, given, expected) => {
    await table.put({ ...key(), n: 1, members: new Set(['x']) })
    const values = Object.fromEntries(Object.entries(given).map(([name, value]) => [`:${name}`, value]))
    expect(await table.update(key(), { text, values })).toBe(true)
    expect(await found()).toEqual({ ...key(), ...expected })
  })

  test('makes an item by an update, tells what was there before, and does nothing when it is refused', async () => {
    const update = { text: 'ADD n :one', values: { ':one': 1 } }
    expect(await table.change(key(), update)).toEqual({})
    expect(await table.change(key(), update)).toEqual({ ...key(), n: 1 })
    expect(await table.change(key(), update, { text: 'n > :two', values: { ':two': 2 } })).toBeUndefined()
    expect(await found()).toEqual({ ...key(), n: 2 })
  })

  test('keeps the stores’ promises: versions, counts, places, histories', async () => {
    const stacks = openStackStore(table)
    const stack = stackRecord({ project: pk })
    expect(await stacks.create(stack)).toMatchObject({ outcome: 'committed' })
    expect(await stacks.create({ ...stack, id: randomUUID() })).toMatchObject({ outcome: 'conflict' })
    expect(await stacks.commit(stack, { ...stack, description: 'new' })).toMatchObject({ outcome: 'committed' })
    expect(await stacks.commit(stack, stack)).toMatchObject({ outcome: 'conflict', current: { description: 'new' } })
    const quota = openStackQuota(table)
    expect(await quota.reserve(pk, 1, noon)).toBe(true)
    expect(await quota.reserve(pk, 1, noon)).toBe(false)
    await quota.release(pk, noon, await quota.mark(pk))
    expect(await quota.reserve(pk, 1, noon)).toBe(true)
    const places = openStackCreations(table)
    expect(await places.take(pk, { name: 'a', id: '1' }, 1, noon)).toBe(true)
    expect(await places.take(pk, { name: 'b', id: '2' }, 1, noon)).toBe(false)
    await places.release(pk, { name: 'a', id: '1' }, noon)
    expect(await places.take(pk, { name: 'b', id: '2' }, 1, noon)).toBe(true)
    const deployments = openDeploymentStore(table)
    await deployments.begin(pk, { deploymentId: 'd', attempt: 1 }, 'deploy', noon)
    await deployments.end(pk, { deploymentId: 'd', attempt: 1 }, 'failed', secondsLater(1))
    await expect(deployments.end(pk, { deploymentId: 'd', attempt: 2 }, 'failed', noon)).rejects.toThrow('another')
  })

  test('lists newest first, page by page, and counts', async () => {
    const stacks = openStackStore(table)
    for (let at = 0; at < 7; at += 1) {
      await stacks.create(stackRecord({ project: pk, name: `s${at}`, createdAt: secondsLater(at).toISOString() }))
    }
    const names = await Array.fromAsync(stacks.walk(pk, { limit: 2 }), ({ entry }) => entry.name)
    expect(names).toEqual(['s6', 's5', 's4', 's3', 's2', 's1', 's0'])
    const text = 'pk = :pk AND begins_with(listingKey, :prefix)'
    const values = { ':pk': `PROJECT#${pk}`, ':prefix': 'STACK#' }
    const page = await table.query({ index: 'listing', condition: { text, values }, countOnly: true, limit: 7 })
    expect(page).toMatchObject({ count: 7, next: { sk: 'STACK#s6' } })
    expect(await table.query({ index: 'listing', condition: { text, values }, limit: 8 })).not.toHaveProperty('next')
  })

  test('orders and erases events, and shows jobs in the order in which they are due', async () => {
    const events = openEventStore(table)
    const told = (message: string) => ({ time: noon.toISOString(), type: 'LOG' as const, message })
    await events.append({ stackId: pk, deploymentId: 'd', attempt: 2, first: 0 }, [told('c'), told('d')])
    await events.append({ stackId: pk, deploymentId: 'd', attempt: 1, first: 0 }, [told('a'), told('b')])
    const messages = () =>
      Array.fromAsync(walkEvents(events, { stackId: pk, pageSize: 1 }), ({ entry }) => entry.message)
    expect(await messages()).toEqual(['d', 'c', 'b', 'a'])
    expect(await events.eraseStack(pk)).toBe(true)
    expect(await messages()).toEqual([])
    const stacks = openStackStore(table)
    const due = [workingStack({ project: pk, name: 'late' }), workingStack({ project: pk, name: 'early' })] as const
    for (const [at, stack] of due.entries()) {
      const job = { ...stack.job, queuedAt: secondsLater(-at).toISOString() }
      await stacks.create({ ...stack, job })
    }
    const keys = await openDueJobs(table).list(secondsLater(60), 500)
    expect(keys.filter((each) => each.pk === `PROJECT#${pk}`).map(({ sk }) => sk)).toEqual([
      'STACK#early',
      'STACK#late',
    ])
  })
})

describe('the simulated table', () => {
  test('answers with no more rows at a time than it is told, and nobody misses one', async () => {
    const stacks = openStackStore(simulatedTable(2))
    for (let at = 0; at < 5; at += 1) await stacks.create(stackRecord({ project: 'p', name: `s${at}` }))
    expect(await Array.fromAsync(stacks.walk('p'))).toHaveLength(5)
  })

  test.each([
    ['an unknown function', 'attribute_type(n, :v)'],
    ['an unknown comparison', 'n <> :v'],
    ['a nested attribute', 'map.n = :v'],
    ['a value that is not given', 'n = :other'],
    ['a word too many', 'n = :v n'],
    ['a name that is not given', '#n = :v'],
  ])('refuses %s instead of guessing', async (_what, text) => {
    const put = simulatedTable().put({ pk: 'p', sk: 's' }, { text, values: { ':v': 1 } })
    await expect(put).rejects.toThrow()
  })

  test('refuses what is given and not used, as the real one does', async () => {
    const unused = { text: 'attribute_not_exists(pk)', values: { ':v': 1 } }
    await expect(simulatedTable().put({ pk: 'p', sk: 's' }, unused)).rejects.toThrow('not used')
    await expect(memory.table.put({ pk: 'p', sk: 's' }, unused)).rejects.toThrow('unused')
  })
})

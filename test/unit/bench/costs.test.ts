/** What DynamoDB counts, and what usage costs: by the examples and rules of AWS's own pages. */
import { describe, expect, test } from 'vitest'
import { itemBytes, readUnits, refusedUnits, writeUnits } from '../../bench/capacity.ts'
import { functionCost, storeCosts, totalOf } from '../../bench/costs.ts'
import { costOf } from '../../bench/prices.ts'
import { describeCalls, noUsage, sumOf, timesUsage } from '../../bench/usage.ts'

const text = (length: number) => ({ S: 'x'.repeat(length) })
/** An item of so many bytes. */
const sized = (bytes: number, more = {}) => ({ pk: text(8), sk: text(8), ...more, x: text(bytes - 21) })
const keys = ['pk', 'sk']
const listing = { keys: ['pk', 'listingKey'], projected: 'ALL' } as const
const jobs = { keys: ['jobShard', 'jobDueAt'], projected: 'KEYS_ONLY' } as const

describe('the size of an item', () => {
  test('is that of its names and values, in bytes of UTF-8', () => {
    expect(itemBytes({ name: { S: 'abc' } })).toBe(7)
    expect(itemBytes({ name: { S: 'äöü' } })).toBe(10)
    expect(itemBytes({ yes: { BOOL: true }, none: { NULL: true } })).toBe(3 + 1 + 4 + 1)
    expect(itemBytes({ tags: { SS: ['a', 'bc'] } })).toBe(7)
    expect(itemBytes({ file: { B: Buffer.from('four').toString('base64') as never } })).toBe(8)
  })

  test('counts a number by its digits, and what is nested with three bytes more', () => {
    expect(itemBytes({ n: { N: '1234' } })).toBe(1 + 3)
    expect(itemBytes({ n: { N: '1000' } })).toBe(1 + 2)
    expect(itemBytes({ map: { M: { a: { S: 'b' } } } })).toBe(3 + 3 + 1 + 1 + 1)
    expect(itemBytes({ list: { L: [{ S: 'a' }, { S: 'b' }] } })).toBe(4 + 3 + 2 + 2)
    expect(itemBytes(sized(1024))).toBe(1024)
  })
})

describe('a read', () => {
  test('counts one for each 4 KB of all that is read, half of it when it may be old', () => {
    expect([0, 1, 4096, 4097, 10_000].map((bytes) => readUnits(bytes, true))).toEqual([1, 1, 1, 2, 3])
    expect(readUnits(4097, false)).toBe(1)
    expect(readUnits(0, false)).toBe(0.5)
  })
})

describe('a write', () => {
  test('counts one for each KB of the larger of what was and what is', () => {
    expect(writeUnits(undefined, sized(1024), [], keys)).toBe(1)
    expect(writeUnits(sized(1025), sized(100), [], keys)).toBe(2)
    expect(writeUnits(sized(3000), undefined, [], keys)).toBe(3)
  })

  test('counts again for an index that has the whole item', () => {
    const [before, after] = [sized(1500, { listingKey: text(9) }), sized(1500, { listingKey: text(9), y: text(9) })]
    expect(writeUnits(undefined, before, [listing], keys)).toBe(2 + 2)
    expect(writeUnits(before, after, [listing], keys)).toBe(2 + 2)
    expect(writeUnits(before, before, [listing], keys)).toBe(2)
    expect(writeUnits(before, { ...after, listingKey: text(10) }, [listing], keys)).toBe(2 + 4)
  })

  test('counts for a sparse index only what enters, moves in, or leaves it', () => {
    const job = (dueAt: string) => sized(3000, { jobShard: text(4), jobDueAt: { S: dueAt } })
    expect(writeUnits(undefined, sized(3000), [jobs], keys)).toBe(3)
    expect(writeUnits(sized(3000), job('1'), [jobs], keys)).toBe(3 + 1)
    expect(writeUnits(job('1'), job('2'), [jobs], keys)).toBe(3 + 2)
    expect(writeUnits(job('1'), { ...job('1'), y: text(9) }, [jobs], keys)).toBe(3)
    expect(writeUnits(job('1'), sized(3000), [jobs], keys)).toBe(3 + 1)
  })

  test('that is refused counts as what is there', () => {
    expect(refusedUnits(undefined)).toBe(1)
    expect(refusedUnits(sized(2500))).toBe(3)
  })
})

describe('a price', () => {
  test('is that of the list, for as much as is used', () => {
    expect(costOf('tableWrites', 1_000_000)).toBeCloseTo(0.625)
    expect(costOf('gatewayRequests', 31_000)).toBeCloseTo(0.1085)
    expect(costOf('bucketWrites', 12_000)).toBeCloseTo(0.06)
  })

  test('of a function is by its request, its memory, whole milliseconds, and disk above the free part', () => {
    const minute = { ms: 60_000, memoryMegabytes: 2048 }
    expect(functionCost(minute)).toBeCloseTo(0.0016002, 6)
    expect(functionCost({ ...minute, diskMegabytes: 4096 }) - functionCost(minute)).toBeCloseTo(
      60 * 3.5 * 0.0000000309,
      9,
    )
    expect(functionCost({ ms: 0.2, memoryMegabytes: 1024 })).toBeCloseTo(0.0000002 + 0.0000000133334, 12)
  })

  test('of usage is apart for each service, and adds up', () => {
    const used = {
      ...noUsage,
      readUnits: 8,
      writeUnits: 4,
      bucketWrites: 1,
      bucketReads: 10,
      queueRequests: 3,
      keyRequests: 1,
    }
    const costs = storeCosts(used)
    expect(costs.table).toBeCloseTo(0.0000035, 10)
    expect(costs.bucket).toBeCloseTo(0.000009, 10)
    expect(costs.queue).toBeCloseTo(0.0000015, 10)
    expect(costs.keys).toBeCloseTo(0.000003, 10)
    expect(totalOf(costs)).toBeCloseTo(0.000017, 10)
  })
})

describe('usage', () => {
  const one = { ...noUsage, calls: ['GetItem', 'PutItem'], readUnits: 1, writeUnits: 2 }

  test('adds up and is multiplied', () => {
    const sum = sumOf(one, { calls: ['GetItem'], readUnits: 0.5 }, timesUsage(3, one))
    expect(sum).toMatchObject({ readUnits: 4.5, writeUnits: 8, queueRequests: 0 })
    expect(sum.calls).toEqual(['GetItem', 'PutItem', 'GetItem', 'GetItem', 'PutItem'])
  })

  test('is told by the names of the calls', () => {
    expect(describeCalls({ calls: ['GetItem', 'PutItem', 'GetItem'] })).toBe('2 GetItem, PutItem')
    expect(describeCalls({ calls: [] })).toBe('none')
  })
})

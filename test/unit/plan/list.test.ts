/** The list of a stack's execution plans goes on only where such a list can, on a real DynamoDB-compatible server. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isPlanListKey, openPlanStore } from '../../../shared/plan/store.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'

let memory: MemoryTable
beforeAll(async () => {
  memory = await startMemoryTable()
})
afterAll(() => memory.stop())

test('a place in the list is one that such a list gave', () => {
  expect(isPlanListKey({ sk: 'PLAN#p', listingKey: 'PLAN#2026#1' })).toBe(true)
  for (const foreign of [undefined, null, 7, {}, { sk: 'PLAN#p' }, { sk: 'EVENT#1', listingKey: 'PLAN#1' }]) {
    expect(isPlanListKey(foreign)).toBe(false)
  }
  for (const listingKey of ['', 'STACK#1', 7]) expect(isPlanListKey({ sk: 'PLAN#p', listingKey })).toBe(false)
})

test('a marker never leads out of the stack, whatever it carries beside its key', async () => {
  const forged = { pk: 'STACK#victim', sk: 'PLAN#p', listingKey: 'PLAN#9999', more: 1 }
  expect(await Array.fromAsync(openPlanStore(memory.table).walk('mine', { limit: 10, after: forged }))).toEqual([])
})

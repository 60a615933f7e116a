/** `npm run price-book` as a program of its own, against the table of a deployed service. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPriceBookStore } from '../../../shared/plan/price-book.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'

const root = resolve(import.meta.dirname, '../../..')
const example = readFileSync(resolve(root, 'examples/price-book.json'), 'utf8')
const target = ['--table', 'unit-test', '--key', 'arn:aws:kms:eu-central-1:123456789012:key/1']

let memory: MemoryTable
beforeAll(async () => {
  memory = await startMemoryTable()
})
afterAll(() => memory.stop())

async function priceBook(input: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [resolve(root, 'infra/price-book.ts'), ...args])
  child.stdin.on('error', () => 'a program that has understood nothing reads nothing')
  child.stdin.end(input)
  const exited = new Promise<number>((done) => child.once('close', (code) => done(code ?? -1)))
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { code, out, err }
}

test('a book is set, kept when the next one is none, and removed', async () => {
  const store = openPriceBookStore(memory.table)
  expect(await priceBook(example, 'set', ...target)).toMatchObject({
    code: 0,
    out: 'The price book is set: 5 types.\n',
  })
  expect((await store.find())?.currency).toBe('USD')
  expect(await priceBook('{"currency":"EUR","resources":[]}', 'set', ...target)).toMatchObject({
    code: 1,
    err: 'the price book cannot be used: currency: one of CNY, USD is needed\n',
  })
  expect((await store.find())?.currency).toBe('USD')
  expect(await priceBook('', 'remove', ...target)).toMatchObject({ code: 0 })
  expect(await store.find()).toBeUndefined()
})

test('a book is checked without a service, and what is not understood is answered with what is needed', async () => {
  expect(await priceBook(example, 'check')).toMatchObject({ code: 0, out: expect.stringContaining('can be used') })
  expect(await priceBook('', 'sell')).toMatchObject({ code: 2, err: expect.stringContaining('Usage: npm run') })
})

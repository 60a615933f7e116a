/** Stored access keys, and what a function keeps of them. */
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cacheAccessKeys, newKeyPair, openAccessKeyStore } from '../../../shared/auth/access-keys.ts'
import { localKeyService } from '../../../shared/auth/secrets.ts'
import type { Table } from '../../../shared/aws/table.ts'
import { settableClock } from '../../support/fake-services.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'
import { noon, secondsLater } from '../../support/stack-records.ts'

const keys = localKeyService(randomBytes(32).toString('base64'))
let memory: MemoryTable
let reads: string[]
let failing: Error | undefined
/** The table, with its reads counted. */
let table: Table
beforeAll(async () => {
  memory = await startMemoryTable()
  table = {
    ...memory.table,
    get: async (key) => {
      reads.push(key.pk)
      if (failing) throw failing
      return memory.table.get(key)
    },
  }
})
afterAll(() => memory.stop())

const given = () => ({ ...newKeyPair(), project: randomUUID(), role: 'full' as const })

async function scene() {
  const store = openAccessKeyStore(memory.table, keys)
  const key = given()
  await store.save(key, noon)
  const clock = settableClock(noon)
  reads = []
  failing = undefined
  return { store, key, clock, cached: cacheAccessKeys(() => ({ table, keys }), clock) }
}

describe('a stored key', () => {
  test('holds no secret that could be read', async () => {
    const { key } = await scene()
    const item = await memory.table.get({ pk: `ACCESSKEY#${key.accessKey}`, sk: 'ACCESSKEY' })
    expect(item).toMatchObject({ project: key.project, role: 'full', createdAt: noon.toISOString() })
    expect(JSON.stringify(item)).not.toContain(key.secretKey)
  })

  test('cannot take the secret of another', async () => {
    const { store, key, cached } = await scene()
    const mine = given()
    await store.save(mine, noon)
    const own = await memory.table.get({ pk: `ACCESSKEY#${mine.accessKey}`, sk: 'ACCESSKEY' })
    await memory.table.update(
      { pk: `ACCESSKEY#${key.accessKey}`, sk: 'ACCESSKEY' },
      { text: 'SET secret = :mine', values: { ':mine': own?.secret } },
    )
    await expect(cached.find(key.accessKey)).rejects.toThrow()
  })

  test('is listed, with its time when it was revoked, and stays revoked', async () => {
    const { store, key } = await scene()
    expect(await store.revoke(key.accessKey, secondsLater(10))).toBe(true)
    expect(await store.revoke(key.accessKey, secondsLater(20))).toBe(true)
    expect(await store.revoke('AKNOBODY', noon)).toBe(false)
    expect(await store.save(key, secondsLater(30))).toBe(false)
    const listed = (await store.list()).find(({ accessKey }) => accessKey === key.accessKey)
    expect(listed).toMatchObject({ revokedAt: secondsLater(10).toISOString(), project: key.project })
  })
})

describe('a function', () => {
  test('reads a key once in five minutes, however many ask at once', async () => {
    const { key, clock, cached } = await scene()
    const found = await Promise.all(Array.from({ length: 20 }, () => cached.find(key.accessKey)))
    expect(new Set(found.map((each) => each?.secretKey))).toEqual(new Set([key.secretKey]))
    clock.set(secondsLater(299))
    await cached.find(key.accessKey)
    expect(reads).toHaveLength(1)
    clock.set(secondsLater(300))
    await cached.find(key.accessKey)
    expect(reads).toHaveLength(2)
  })

  test('refuses a revoked key at the latest after five minutes', async () => {
    const { store, key, clock, cached } = await scene()
    expect(await cached.find(key.accessKey)).toBeDefined()
    await store.revoke(key.accessKey, noon)
    clock.set(secondsLater(299))
    expect(await cached.find(key.accessKey)).toBeDefined()
    clock.set(secondsLater(300))
    expect(await cached.find(key.accessKey)).toBeUndefined()
  })

  test('does not look for an unknown key all the time, and finds it soon after it was made', async () => {
    const { store, clock, cached } = await scene()
    const key = given()
    expect(await cached.find(key.accessKey)).toBeUndefined()
    await store.save(key, noon)
    clock.set(secondsLater(9))
    expect(await cached.find(key.accessKey)).toBeUndefined()
    expect(reads).toHaveLength(1)
    clock.set(secondsLater(10))
    expect(await cached.find(key.accessKey)).toMatchObject({ secretKey: key.secretKey })
  })

  test('does not remember that the table could not be read', async () => {
    const { key, cached } = await scene()
    failing = new Error('the table is away')
    await expect(cached.find(key.accessKey)).rejects.toThrow('the table is away')
    failing = undefined
    expect(await cached.find(key.accessKey)).toBeDefined()
  })

  test('keeps a bounded number of names that strangers made up', async () => {
    const { key, cached } = await scene()
    await cached.find(key.accessKey)
    for (let at = 0; at < 1000; at += 1) await cached.find(`AKSTRANGER${at}`)
    reads = []
    await cached.find('AKSTRANGER999')
    expect(reads).toHaveLength(0)
    await cached.find(key.accessKey)
    expect(reads).toHaveLength(1)
  })
})

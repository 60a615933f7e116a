/** The stack's item: reads, and the one conditional write, on a real DynamoDB-compatible server. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Table } from '../../../shared/aws/table.ts'
import { decodeMarker, takePage } from '../../../shared/http/paging.ts'
import type { StackRecord } from '../../../shared/stack/record.ts'
import { isStackListKey, openStackStore, type StackStore, stackAtKey } from '../../../shared/stack/store.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'
import { secondsLater, snapshot, stackRecord, workingStack } from '../../support/stack-records.ts'

let memory: MemoryTable
let stacks: StackStore

beforeAll(async () => {
  memory = await startMemoryTable()
  stacks = openStackStore(memory.table)
})
afterAll(() => memory.stop())

/** Creates a stack and returns it as it is in the table. */
async function created(given: Partial<StackRecord> = {}): Promise<StackRecord> {
  const commit = await stacks.create(stackRecord(given))
  if (commit.outcome !== 'committed') throw new Error(`the stack was not created: ${commit.outcome}`)
  return commit.record
}

const described = (stack: StackRecord, description: string) => ({ ...stack, description })

/** A table whose writes take effect, and of which the first `lost` are answered as if their condition had failed. */
function losingAnswers(table: Table, lost: number): Table {
  let left = lost
  return {
    ...table,
    put: async (item, condition) => {
      const accepted = await table.put(item, condition)
      left -= 1
      return left >= 0 ? false : accepted
    },
  }
}

describe('a stack that is created', () => {
  test('is found again with everything that was kept of it, and nothing else', async () => {
    const full: StackRecord = {
      ...workingStack({
        description: 'Grüße',
        agencies: [{ provider_name: 'aws', agency_name: 'deployer' }],
        stable: snapshot('earlier'),
        lastCommand: { fingerprint: 'f', deploymentId: 'd' },
        stateKey: 'states/1.json',
        viewKey: 'views/1.json',
      }),
    }
    await stacks.create(full)
    expect(await stacks.find(full.project, full.name)).toEqual(full)
  })

  test('is not found in another project, nor under a name that only begins like its own', async () => {
    const stack = await created()
    expect(await stacks.find('another', stack.name)).toBeUndefined()
    expect(await stacks.find(stack.project, `${stack.name}-2`)).toBeUndefined()
    expect(await stacks.find(stack.project, stack.name.slice(0, -1))).toBeUndefined()
  })

  test('twice under one name is created once, and the second caller learns who has the name', async () => {
    const first = await created()
    const second = await stacks.create(stackRecord({ project: first.project, name: first.name }))
    expect(second).toEqual({ outcome: 'conflict', current: first })
    expect(await stacks.find(first.project, first.name)).toEqual(first)
  })

  test('by ten callers at once belongs to exactly one of them', async () => {
    const project = randomUUID()
    const commits = await Promise.all(
      Array.from({ length: 10 }, () => stacks.create(stackRecord({ project, name: 'web' }))),
    )
    const winners = commits.filter((commit) => commit.outcome === 'committed')
    expect(winners).toHaveLength(1)
    const current = await stacks.find(project, 'web')
    expect(winners).toEqual([{ outcome: 'committed', record: current }])
    for (const loser of commits.filter((commit) => commit.outcome !== 'committed')) {
      expect(loser).toEqual({ outcome: 'conflict', current })
    }
  })

  test('may have a name that another project has', async () => {
    await created({ name: 'shared-name' })
    expect(await stacks.create(stackRecord({ name: 'shared-name' }))).toMatchObject({ outcome: 'committed' })
  })
})

describe('a commit', () => {
  test('replaces the record and raises its version by one, whatever version the new record claims', async () => {
    const seen = await created()
    const commit = await stacks.commit(seen, { ...described(seen, 'new'), version: 99 })
    expect(commit).toMatchObject({ outcome: 'committed', record: { description: 'new', version: seen.version + 1 } })
    expect(await stacks.find(seen.project, seen.name)).toEqual({ ...described(seen, 'new'), version: seen.version + 1 })
  })

  test('drops what the new record does not have', async () => {
    const seen = await created({ description: 'old', statusMessage: 'old' })
    const { statusMessage: _gone, ...next } = seen
    await stacks.commit(seen, { ...next, description: undefined } as StackRecord)
    const found = await stacks.find(seen.project, seen.name)
    expect(found).not.toHaveProperty('statusMessage')
    expect(found).not.toHaveProperty('description')
  })

  test('from an older version changes nothing and brings the record as it is now', async () => {
    const seen = await created()
    await stacks.commit(seen, described(seen, 'first'))
    const late = await stacks.commit(seen, described(seen, 'second'))
    const current = await stacks.find(seen.project, seen.name)
    expect(late).toEqual({ outcome: 'conflict', current })
    expect(current).toMatchObject({ description: 'first', version: seen.version + 1 })
  })

  test('by ten writers who saw the same version is one commit and nine conflicts', async () => {
    const seen = await created()
    const commits = await Promise.all(
      Array.from({ length: 10 }, (_, at) => stacks.commit(seen, described(seen, `writer ${at}`))),
    )
    const winner = commits.find((commit) => commit.outcome === 'committed')
    const current = await stacks.find(seen.project, seen.name)
    expect(winner).toEqual({ outcome: 'committed', record: current })
    expect(commits.filter((commit) => commit.outcome === 'conflict')).toEqual(
      Array(9).fill({ outcome: 'conflict', current }),
    )
  })

  test('on a stack that was removed misses it, and does not bring it back', async () => {
    const seen = await created()
    await stacks.remove(seen)
    expect(await stacks.commit(seen, described(seen, 'late'))).toEqual({ outcome: 'missing' })
    expect(await stacks.find(seen.project, seen.name)).toBeUndefined()
  })

  test('on a stack whose name belongs to a new stack leaves that one alone', async () => {
    const seen = await created()
    await stacks.remove(seen)
    const reborn = await created({ project: seen.project, name: seen.name })
    expect(reborn.version).toBe(seen.version)
    expect(await stacks.commit(seen, described(seen, 'late'))).toEqual({ outcome: 'conflict', current: reborn })
  })
})

describe('a write that took effect although its answer was a refusal', () => {
  test('is reported as committed: it was our own', async () => {
    const unlucky = openStackStore(losingAnswers(memory.table, 2))
    const stack = stackRecord()
    expect(await unlucky.create(stack)).toEqual({ outcome: 'committed', record: stack })
    const commit = await unlucky.commit(stack, described(stack, 'new'))
    expect(commit).toEqual({ outcome: 'committed', record: { ...described(stack, 'new'), version: 2 } })
    expect(await stacks.find(stack.project, stack.name)).toEqual({ ...described(stack, 'new'), version: 2 })
  })

  test('is not mistaken for the same record written by somebody else', async () => {
    const seen = await created()
    await stacks.commit(seen, described(seen, 'same text'))
    expect(await stacks.commit(seen, described(seen, 'same text'))).toMatchObject({ outcome: 'conflict' })
  })
})

describe('a removal', () => {
  test('removes the item at the version that was seen, and only at that', async () => {
    const seen = await created()
    const commit = await stacks.commit(seen, described(seen, 'newer'))
    const current = await stacks.find(seen.project, seen.name)
    expect(await stacks.remove(seen)).toEqual({ outcome: 'conflict', current })
    expect(commit.outcome === 'committed' && (await stacks.remove(commit.record))).toMatchObject({
      outcome: 'committed',
    })
    expect(await stacks.find(seen.project, seen.name)).toBeUndefined()
  })

  test('of what is gone already, or whose name is another stack now, removes nothing: it is missing', async () => {
    const seen = await created()
    await stacks.remove(seen)
    expect(await stacks.remove(seen)).toEqual({ outcome: 'missing' })
    const reborn = await created({ project: seen.project, name: seen.name })
    expect(await stacks.remove(seen)).toEqual({ outcome: 'missing' })
    expect(await stacks.find(seen.project, seen.name)).toEqual(reborn)
  })
})

describe('the list of a project', () => {
  const names = async (project: string, limit?: number, marker?: string) => {
    const from = decodeMarker(marker, isStackListKey)
    const page = await takePage(stacks.walk(project, { limit, after: from }), { limit, marker })
    return { names: page.entries.map(({ name }) => name), next: page.page_info?.next_marker }
  }
  let project: string

  beforeAll(async () => {
    project = randomUUID()
    for (const at of [3, 1, 4, 0, 2]) {
      await created({ project, name: `s${at}`, createdAt: secondsLater(at).toISOString() })
    }
    await created({ name: 'of-another-project' })
  })

  test('has its stacks only, newest first by creation, whatever their names or later changes', async () => {
    const oldest = await stacks.find(project, 's0')
    if (oldest) await stacks.commit(oldest, { ...oldest, updatedAt: secondsLater(9999).toISOString() })
    expect((await names(project)).names).toEqual(['s4', 's3', 's2', 's1', 's0'])
    expect((await names(randomUUID())).names).toEqual([])
  })

  test('comes in pages that join without a gap, even when a stack is created or removed in between', async () => {
    const first = await names(project, 2)
    expect(first.names).toEqual(['s4', 's3'])
    await created({ project, name: 's9', createdAt: secondsLater(9).toISOString() })
    const gone = await stacks.find(project, 's3')
    if (gone) await stacks.remove(gone)
    const second = await names(project, 2, first.next)
    expect(second.names).toEqual(['s2', 's1'])
    const last = await names(project, 2, second.next)
    expect(last).toEqual({ names: ['s0'], next: undefined })
  })

  test('shows what a summary needs and nothing more', async () => {
    const only = randomUUID()
    const { status, statusMessage, id, name, createdAt, updatedAt, description } = await created({
      ...workingStack({ project: only, description: 'text', statusMessage: 'why' }),
    })
    expect(await Array.fromAsync(stacks.walk(only), ({ entry }) => entry)).toEqual([
      { status, statusMessage, id, name, createdAt, updatedAt, description },
    ])
  })

  test('never leaves the project, whatever a marker carries beside its key', async () => {
    const victim = await created({ name: 'secret' })
    const forged = { pk: `PROJECT#${victim.project}`, sk: 'STACK#s3', listingKey: 'STACK#9999', more: 1 }
    const marker = Buffer.from(JSON.stringify(forged)).toString('base64url')
    expect((await names(project, undefined, marker)).names).toEqual((await names(project)).names)
  })

  test('has two stacks of the same moment as two', async () => {
    const twins = randomUUID()
    await created({ project: twins, name: 'a' })
    await created({ project: twins, name: 'b' })
    const first = await names(twins, 1)
    const second = await names(twins, 1, first.next)
    expect([...first.names, ...second.names].sort()).toEqual(['a', 'b'])
  })

  test('goes on only from a key that such a list gave', () => {
    expect(isStackListKey({ sk: 'STACK#web', listingKey: 'STACK#2026#1' })).toBe(true)
    for (const foreign of [
      undefined,
      null,
      7,
      'STACK#web',
      {},
      { sk: 'STACK#web' },
      { sk: 'COUNT#STACKS', listingKey: 'STACK#1' },
      { sk: 'STACK#web', listingKey: 7 },
      { sk: 'STACK#web', listingKey: '' },
      { sk: 'STACK#web', listingKey: 'TEMPLATE#1' },
    ]) {
      expect(isStackListKey(foreign), JSON.stringify(foreign)).toBe(false)
    }
  })
})

describe('the key of an item', () => {
  test('names a stack, or something that is none', () => {
    expect(stackAtKey({ pk: 'PROJECT#p', sk: 'STACK#web' })).toEqual({ project: 'p', name: 'web' })
    for (const other of [
      { pk: 'PROJECT#p', sk: 'COUNT#STACKS' },
      { pk: 'STACK#1', sk: 'EVENT#1' },
      { pk: 'PROJECT#', sk: 'STACK#web' },
      { pk: 'PROJECT#p', sk: 'STACK#' },
    ]) {
      expect(stackAtKey(other)).toBeUndefined()
    }
  })
})

/** What events say of resources that the state may lack. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EventType } from '../../../shared/contract/enums.ts'
import { openEventStore, type PastOperation } from '../../../shared/deployment/events.ts'
import { foldOperations, readJournal } from '../../../shared/deployment/journal.ts'
import type { WorkingStack } from '../../../shared/deployment/outcome.ts'
import { unsettledBefore, withAllSettled, withRunBegun } from '../../../shared/deployment/unsettled.ts'
import type { EngineEvent, EventResource } from '../../../shared/engine/protocol.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'
import { noon, queuedJob, workingStack } from '../../support/stack-records.ts'

const run = { deploymentId: 'd', attempt: 1 }

function resource(name: string, id?: string): EventResource {
  const ids = id === undefined ? {} : { idKey: 'id', idValue: id }
  return { address: `a_b.${name}`, type: 'a_b', name, ...ids }
}

/** Operations in short: `create a 1` is a completed creation, `creating`, `create!` its begin and failure. */
function operation(text: string): PastOperation {
  const [word = '', name = '', id] = text.split(' ')
  const types: Record<string, EventType> = {
    creating: 'CREATION_IN_PROGRESS',
    create: 'CREATION_COMPLETE',
    'create!': 'CREATION_FAILED',
    deleting: 'DELETION_IN_PROGRESS',
    delete: 'DELETION_COMPLETE',
  }
  return { type: types[word]!, resource: resource(name, id), run }
}

async function journalOf(...texts: string[]): Promise<string[]> {
  async function* operations() {
    yield* texts.map(operation)
  }
  const told = await foldOperations(operations())
  return told.map(({ entry: { name, idValue = '-', unfinished = 'made' } }) => `${name} ${idValue} ${unfinished}`)
}

describe('the journal', () => {
  test.each<[string, string[], string[]]>([
    ['what was created', ['creating a', 'creating b', 'create b 2', 'create a 1'], ['b 2 made', 'a 1 made']],
    ['what has no id', ['creating a', 'create a'], ['a - made']],
    ['not what was deleted', ['create a 1', 'deleting a 1', 'delete a'], []],
    ['what is only being deleted', ['create a 1', 'deleting a 1'], ['a 1 made']],
    ['a replacement after a deletion', ['deleting a 1', 'delete a', 'creating a', 'create a 2'], ['a 2 made']],
    ['a replacement before a deletion', ['creating a', 'create a 2', 'deleting a 1', 'delete a'], ['a 2 made']],
    ['a replacement of what is in it', ['create a 1', 'create a 2', 'deleting a 1', 'delete a'], ['a 2 made']],
    ['both, when the old one is not deleted yet', ['create a 1', 'creating a', 'create a 2'], ['a 1 made', 'a 2 made']],
    ['not what a rollback deleted', ['create a 1', 'create b 2', 'deleting b 2', 'delete b'], ['a 1 made']],
    ['one object once, created again by the same id', ['create a 1', 'create a 1'], ['a 1 made']],
    ['not what was deleted without any id', ['create a', 'deleting a', 'delete a'], []],
    ['what failed while it was created', ['creating a', 'create! a'], ['a - failed']],
    ['what had only begun', ['creating a'], ['a - begun']],
    [
      'not a failure that was made good',
      ['creating a', 'create! a', 'deleting a 1', 'delete a', 'create a 2'],
      ['a 2 made'],
    ],
    ['not a failure that was deleted', ['create! a', 'deleting a 1', 'delete a'], []],
    ['not a deletion of what came before', ['deleting a 1', 'delete a'], []],
  ])('holds %s', async (_what, told, expected) => {
    expect(await journalOf(...told)).toEqual(expected)
  })
})

describe('the unsettled runs of a stack', () => {
  const begun = (stack: WorkingStack) => withRunBegun(stack)
  const claimed = (stack: WorkingStack): WorkingStack => ({
    ...stack,
    job: { ...stack.job, attempt: stack.job.attempt + 1 },
  })

  test('are those before the one at work, across deployments, until one settles them', () => {
    const first = claimed(begun(workingStack({ job: queuedJob({ deploymentId: '01' }) })))
    expect(unsettledBefore(first)).toBeUndefined()
    expect(unsettledBefore(claimed(begun(first)))).toEqual({ deploymentId: '01', attempt: 1 })
    const next = claimed(begun({ ...first, job: queuedJob({ deploymentId: '02' }) }))
    expect(unsettledBefore(next)).toEqual({ deploymentId: '01', attempt: 1 })
    expect(next.unsettled?.last).toEqual({ deploymentId: '02', attempt: 1 })
    const after = claimed(begun(withAllSettled({ ...next, job: queuedJob({ deploymentId: '03' }) })))
    expect(unsettledBefore(after)).toBeUndefined()
  })
})

describe('the journal of a stack', () => {
  let memory: MemoryTable
  beforeAll(async () => {
    memory = await startMemoryTable()
  })
  afterAll(() => memory.stop())

  const event = (type: EventType, about?: EventResource, message = 'm'): EngineEvent => ({
    time: noon.toISOString(),
    type,
    message,
    ...(about ? { resource: about } : {}),
  })

  test('is read from its unsettled runs only, page by page, without reading where there are none', async () => {
    const events = openEventStore(memory.table)
    const job = queuedJob({ deploymentId: '02', attempt: 11 })
    const stack = workingStack({ job, stateKey: 'states/x' })
    const at = (deploymentId: string, attempt: number) => ({ stackId: stack.id, deploymentId, attempt, first: 0 })
    await events.append(at('01', 3), [event('CREATION_COMPLETE', resource('settled', '0'))])
    await events.append(at('01', 10), [
      event('CREATION_COMPLETE', resource('a', '1')),
      event('LOG', resource('a', '1')),
    ])
    await events.append(at('02', 9), [event('UPDATE_COMPLETE', resource('a', '1')), event('LOG'), event('SUMMARY')])
    // More than the table gives in one answer.
    const long = Array.from({ length: 400 }, (_, n) => event('LOG', undefined, `${n}`.padEnd(4_000, 'x')))
    await events.append({ ...at('02', 10), first: 0 }, [...long, event('CREATION_COMPLETE', resource('b', '2'))])
    await memory.table.put({ pk: `STACK#${stack.id}`, sk: 'PLAN#not an event', resource: resource('p', '9') })
    const other = { ...at('01', 10), stackId: 'of another stack' }
    await events.append(other, [event('CREATION_COMPLETE', resource('c', '3'))])

    const unsettled = { since: { deploymentId: '01', attempt: 10 }, last: { deploymentId: '02', attempt: 11 } }
    const savedBy = { deploymentId: '02', attempt: 9 }
    const journal = await readJournal(events, { ...stack, unsettled }, savedBy)
    expect(journal).toEqual({
      entries: [resource('a', '1'), { ...resource('b', '2'), newerThanState: true }],
      leftOut: 0,
    })
    const { stateKey: _none, ...without } = { ...stack, unsettled }
    expect((await readJournal(events, without)).entries.map((entry) => entry.newerThanState)).toEqual([true, true])

    let queries = 0
    const counted = openEventStore({
      ...memory.table,
      query: (options) => {
        queries += 1
        return memory.table.query(options)
      },
    })
    expect(await readJournal(counted, stack)).toEqual({ entries: [], leftOut: 0 })
    expect(
      await readJournal(counted, { ...stack, unsettled: { since: unsettled.last, last: unsettled.last } }),
    ).toEqual({
      entries: [],
      leftOut: 0,
    })
    expect(queries).toBe(0)
    await readJournal(counted, { ...stack, unsettled })
    expect(queries).toBeGreaterThan(1)
  })

  test('is cut to the newest of a hundred thousand, and counts the others', async () => {
    const of = async function* () {
      for (let at = 0; at < 100_000; at += 1) yield operation(`create r${at} ${at}`)
    }
    const stack = workingStack({
      job: queuedJob({ deploymentId: 'd', attempt: 2 }),
      unsettled: { since: run, last: { ...run, attempt: 2 } },
    })
    const journal = await readJournal({ ...openEventStore(memory.table), operationsSince: of }, stack)
    expect(journal.entries.length).toBeGreaterThan(10_000)
    expect(journal.leftOut).toBe(100_000 - journal.entries.length)
    expect(journal.entries.at(-1)?.idValue).toBe('99999')
    expect(journal.entries[0]?.idValue).toBe(String(journal.leftOut))
    expect(Buffer.byteLength(JSON.stringify(journal.entries))).toBeLessThan(2_000_100)
  })
})

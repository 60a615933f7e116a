/** A command that starts a job: decided, committed, handed over. The store is real, the queue is one that can refuse. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { errorEntry, RfsError } from '../../../shared/contract/errors.ts'
import { newDeploymentId, type Submission, submit } from '../../../shared/deployment/submit.ts'
import type { StackCommand } from '../../../shared/stack/lifecycle.ts'
import type { Snapshot, StackRecord } from '../../../shared/stack/record.ts'
import { openStackStore, type StackStore } from '../../../shared/stack/store.ts'
import { captureLog } from '../../support/captured-log.ts'
import { recordingQueue } from '../../support/fake-services.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'
import { noon, secondsLater, snapshot, stackRecord } from '../../support/stack-records.ts'

let memory: MemoryTable
let stacks: StackStore
let queue: ReturnType<typeof recordingQueue>

beforeAll(async () => {
  memory = await startMemoryTable()
  stacks = openStackStore(memory.table)
})
afterAll(() => memory.stop())
beforeEach(() => {
  queue = recordingQueue()
})
const log = captureLog()

async function created(given: Partial<StackRecord> = {}): Promise<StackRecord> {
  const stack = stackRecord({ status: 'DEPLOYMENT_COMPLETE', ...given })
  await stacks.create(stack)
  return stack
}
const found = async (stack: StackRecord) => (await stacks.find(stack.project, stack.name)) as StackRecord

/** Keeps what was prepared and discarded. */
function blobs() {
  const prepared: Snapshot[] = []
  const discarded: Snapshot[] = []
  return {
    prepared,
    discarded,
    prepare: async (deploymentId: string) => {
      const made = snapshot(`new-${prepared.length}`, { deploymentId })
      prepared.push(made)
      return made
    },
    discard: async (made: Snapshot) => {
      discarded.push(made)
    },
  }
}
const submission = (seen: StackRecord, given: Partial<Submission> = {}): Submission => ({
  seen,
  command: 'deploy',
  fingerprint: 'f1',
  now: noon,
  ...given,
})
const send = (seen: StackRecord, given?: Partial<Submission>, store = stacks) =>
  submit({ stacks: store, queue }, submission(seen, given))

/** The refusal, as the caller sees it. */
async function refusal(attempt: Promise<unknown>): Promise<{ status: number; code: string }> {
  try {
    await attempt
  } catch (error) {
    if (!(error instanceof RfsError)) throw error
    const { status, code } = errorEntry(error.errorName)
    return { status, code }
  }
  throw new Error('it was accepted')
}

/** A store in which another caller commits first, once. */
function overtakenBy(other: (stack: StackRecord) => Promise<unknown>): StackStore {
  let overtaken = false
  return {
    ...stacks,
    commit: async (seen, next) => {
      if (!overtaken) {
        overtaken = true
        await other(seen)
      }
      return stacks.commit(seen, next)
    },
  }
}

describe('a command that is allowed', () => {
  test.each([
    ['deploy', 'DEPLOYMENT_COMPLETE', 'DEPLOYMENT_IN_PROGRESS', 'deploy'],
    ['continueDeploy', 'DEPLOYMENT_FAILED', 'DEPLOYMENT_IN_PROGRESS', 'deploy'],
    ['continueRollback', 'ROLLBACK_FAILED', 'ROLLBACK_IN_PROGRESS', 'rollback'],
    ['delete', 'DELETION_FAILED', 'DELETION_IN_PROGRESS', 'delete'],
    ['retain', 'ROLLBACK_COMPLETE', 'DELETION_IN_PROGRESS', 'forget'],
  ] as const)('%s in %s makes the stack %s with a job that is handed over', async (command, before, after, kind) => {
    const seen = await created({ status: before, statusMessage: 'why it failed', generation: 4 })
    const { deploymentId } = await send(seen, { command, now: secondsLater(60) })
    const current = await found(seen)
    expect(current).toMatchObject({
      status: after,
      generation: 5,
      version: 2,
      updatedAt: secondsLater(60).toISOString(),
      lastCommand: { fingerprint: 'f1', deploymentId },
      job: { kind, deploymentId, attempt: 0, resends: 0, startBefore: secondsLater(60 + 6 * 3600).toISOString() },
    })
    expect(current).not.toHaveProperty('statusMessage')
    expect(queue.sent).toEqual([
      {
        message: { project: seen.project, stackName: seen.name, stackId: seen.id, jobId: current.job?.id },
        attempt: 0,
      },
    ])
  })

  test('deploy makes the new template the target, keeps the old one to show meanwhile, and leaves the stable one', async () => {
    const [target, stable] = [snapshot('old'), snapshot('stable')]
    const seen = await created({ target, stable })
    const { prepare, prepared } = blobs()
    const { deploymentId } = await send(seen, { prepare })
    expect(prepared).toEqual([expect.objectContaining({ deploymentId })])
    expect(await found(seen)).toMatchObject({ target: prepared[0], previous: target, stable, mayHaveResources: true })
  })

  test('continueDeploy goes on with the template that was asked for last', async () => {
    const target = snapshot('asked-for')
    const seen = await created({ status: 'DEPLOYMENT_FAILED', target })
    await send(seen, { command: 'continueDeploy' })
    expect(await found(seen)).toMatchObject({ target, previous: target })
  })

  test('a deletion of a stack that never had resources does not claim that it may have some', async () => {
    const seen = await created({ status: 'CREATION_COMPLETE', mayHaveResources: false })
    await send(seen, { command: 'delete' })
    expect(await found(seen)).toMatchObject({ mayHaveResources: false })
  })

  test('stands although the queue refuses its job: the sweeper will send it', async () => {
    const seen = await created()
    queue.refusing = new Error('the queue is away')
    const { deploymentId } = await send(seen)
    expect(await found(seen)).toMatchObject({ status: 'DEPLOYMENT_IN_PROGRESS', job: { deploymentId } })
    expect(log.entries()).toEqual([
      expect.objectContaining({ level: 'WARN', stackId: seen.id, errorMessage: 'the queue is away' }),
    ])
  })
})

describe('a command that is not allowed', () => {
  test.each([
    ['deploy', 'DELETION_IN_PROGRESS', 'RF.10012571'],
    ['continueDeploy', 'DEPLOYMENT_COMPLETE', 'RF.10012547'],
    ['continueRollback', 'DEPLOYMENT_FAILED', 'RF.10012548'],
    ['delete', 'ROLLBACK_IN_PROGRESS', 'RF.10012544'],
    ['retain', 'DEPLOYMENT_IN_PROGRESS', 'RF.10012544'],
  ] as const)('%s in %s is refused with %s, and nothing is stored, changed or sent', async (command, status, code) => {
    const seen = await created({ status })
    const { prepare, prepared } = blobs()
    expect(await refusal(send(seen, { command, prepare }))).toEqual({ status: 403, code })
    expect(prepared).toEqual([])
    expect(await found(seen)).toEqual(seen)
    expect(queue.sent).toEqual([])
  })

  test('because the stack is protected is refused for that reason', async () => {
    const seen = await created({ enableDeletionProtection: true })
    expect(await refusal(send(seen, { command: 'delete' }))).toEqual({ status: 403, code: 'RF.10012573' })
  })

  test.each(['update', 'enableAutoRollback'] as StackCommand[])(
    '%s starts no job: asking for one is a defect',
    async (command) => {
      await expect(send(await created(), { command })).rejects.toThrow('starts no job')
    },
  )
})

describe('the same command again', () => {
  test('while its job is pending or running has the same answer, and nothing happens twice', async () => {
    const seen = await created()
    const first = await send(seen)
    const { prepare, prepared } = blobs()
    const working = await found(seen)
    expect(await send(working, { prepare })).toEqual(first)
    expect(prepared).toEqual([])
    expect(await found(seen)).toEqual(working)
    expect(queue.sent).toHaveLength(1)
  })

  test('after its job ended is a new command', async () => {
    const seen = await created()
    const first = await send(seen)
    const { job: _over, ...rest } = await found(seen)
    const over = await stacks.commit(await found(seen), { ...rest, status: 'DEPLOYMENT_COMPLETE' })
    if (over.outcome !== 'committed') throw new Error(over.outcome)
    expect((await send(over.record)).deploymentId).not.toBe(first.deploymentId)
  })

  test('with another body or id is refused while the job runs', async () => {
    const seen = await created()
    await send(seen)
    expect(await refusal(send(await found(seen), { fingerprint: 'f2' }))).toMatchObject({ code: 'RF.10012571' })
  })

  test('that overtook the first one on the way is answered by it, and what was stored for it goes', async () => {
    const seen = await created()
    let theirs = ''
    const store = overtakenBy(async (stack) => {
      theirs = (await send(stack)).deploymentId
    })
    const { prepare, discard, prepared, discarded } = blobs()
    expect(await send(seen, { prepare, discard }, store)).toEqual({ deploymentId: theirs })
    expect(discarded).toEqual(prepared)
    expect(queue.sent).toHaveLength(1)
  })
})

describe('a command that lost a race', () => {
  test('to another command is told so, and what was stored for it goes', async () => {
    const seen = await created()
    const store = overtakenBy((stack) => send(stack, { fingerprint: 'theirs' }))
    const { prepare, discard, prepared, discarded } = blobs()
    expect(await refusal(send(seen, { prepare, discard }, store))).toEqual({ status: 409, code: 'RF.10013503' })
    expect(prepared).toHaveLength(1)
    expect(discarded).toEqual(prepared)
    expect((await found(seen)).lastCommand?.fingerprint).toBe('theirs')
  })

  test('to a change of settings is told so too, and leaves that change', async () => {
    const seen = await created()
    const store = overtakenBy((stack) => stacks.commit(stack, { ...stack, description: 'changed' }))
    expect(await refusal(send(seen, {}, store))).toEqual({ status: 409, code: 'RF.10013503' })
    expect(await found(seen)).toMatchObject({ description: 'changed', status: 'DEPLOYMENT_COMPLETE' })
  })

  test('to a deletion finds no stack any more', async () => {
    const seen = await created()
    const { prepare, discard, prepared, discarded } = blobs()
    const store = overtakenBy((stack) => stacks.remove(stack))
    expect(await refusal(send(seen, { prepare, discard }, store))).toEqual({ status: 404, code: 'RF.10013001' })
    expect(discarded).toEqual(prepared)
  })

  test('among ten of them is one that won and nine that are told so', async () => {
    const seen = await created()
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, at) => send(seen, { fingerprint: `caller ${at}` })),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ errorName: 'StackBusy' })
    }
    expect(queue.sent).toHaveLength(1)
    expect((await found(seen)).version).toBe(2)
  })
})

test('ids of deployments sort by the moment they were made', () => {
  const ids = [0, 1, 60, 86_400].map((seconds) => newDeploymentId(secondsLater(seconds)))
  expect(ids.toSorted()).toEqual(ids)
  for (const id of ids) expect(id).toMatch(/^[a-z0-9]+[a-z0-9-]*$/)
})

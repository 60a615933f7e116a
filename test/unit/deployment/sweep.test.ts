/** Lost messages, dead workers and jobs that take too long, on a real DynamoDB-compatible server. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Key } from '../../../shared/aws/table.ts'
import { openEventStore } from '../../../shared/deployment/events.ts'
import { openDeploymentStore } from '../../../shared/deployment/record.ts'
import { sweep } from '../../../shared/deployment/sweep.ts'
import { claimJob } from '../../../shared/job/claim.ts'
import { openDueJobs } from '../../../shared/job/due-jobs.ts'
import { openPlanStore } from '../../../shared/plan/store.ts'
import { openLargeValues } from '../../../shared/software/large-values.ts'
import { openConfigSweep } from '../../../shared/software/sweep-config.ts'
import type { StackRecord } from '../../../shared/stack/record.ts'
import { openStackStore, type StackStore } from '../../../shared/stack/store.ts'
import { openVersionSweep } from '../../../shared/template-library/sweep-version.ts'
import { memoryBlobs, recordingQueue, settableClock } from '../../support/fake-services.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'
import { noon, queuedJob, secondsLater, workingStack } from '../../support/stack-records.ts'

let memory: MemoryTable
let stacks: StackStore
let queue: ReturnType<typeof recordingQueue>
let made: StackRecord[]
const clock = settableClock(noon)

beforeAll(async () => {
  memory = await startMemoryTable()
  stacks = openStackStore(memory.table)
})
afterAll(() => memory.stop())
beforeEach(() => {
  queue = recordingQueue()
  made = []
})
afterEach(async () => {
  // Every test sweeps the whole index.
  for (const stack of made) await stacks.remove((await found(stack)) ?? stack)
})

const found = (stack: StackRecord) => stacks.find(stack.project, stack.name)
async function working(given: Parameters<typeof workingStack>[0] = {}) {
  const stack = workingStack(given)
  await stacks.create(stack)
  made.push(stack)
  return stack
}

/** Sweeps at a moment, with anything replaced. */
async function sweepAt(seconds: number, given: Partial<Parameters<typeof sweep>[0]> = {}) {
  clock.set(secondsLater(seconds))
  const { table } = memory
  const history = { events: openEventStore(table), deployments: openDeploymentStore(table) }
  const plans = openPlanStore(table)
  const settled = {
    configs: openConfigSweep(clock, table),
    largeValues: openLargeValues(table, memoryBlobs()),
    templateVersions: openVersionSweep(clock, table, memoryBlobs()),
  }
  return sweep({ dueJobs: openDueJobs(table), stacks, plans, ...settled, ...history, queue, clock, ...given })
}
const clean = { sent: 0, ended: 0, settled: 0, left: 0, failures: [] }

describe('a job whose message was lost', () => {
  test('is sent again when it is due, and looked at later the next time', async () => {
    const stack = await working()
    expect(await sweepAt(19)).toEqual(clean)
    expect(await sweepAt(20)).toEqual({ ...clean, sent: 1 })
    expect(queue.sent.map(({ message }) => message.jobId)).toEqual([stack.job.id])
    expect(await found(stack)).toMatchObject({
      status: 'DEPLOYMENT_IN_PROGRESS',
      job: { resends: 1, queuedAt: secondsLater(20).toISOString(), attempt: 0 },
    })
    expect(await sweepAt(59)).toEqual(clean)
    expect(await sweepAt(60)).toEqual({ ...clean, sent: 1 })
  })
})

describe('a job whose worker died', () => {
  test('is sent again once its lease is over, and freed from the dead claim', async () => {
    const seen = await working()
    const stack = await claimJob(stacks, seen, { now: noon, leaseUntil: secondsLater(900) })
    expect(await sweepAt(919)).toEqual(clean)
    expect(await sweepAt(920)).toEqual({ ...clean, sent: 1 })
    const after = await found(stack)
    expect(after?.job).toMatchObject({ id: stack.job.id, attempt: 1, resends: 1 })
    expect(after?.job).not.toHaveProperty('claim')
    expect(queue.sent).toMatchObject([{ message: { jobId: stack.job.id }, attempt: 1 }])
  })
})

describe('a job that takes too long', () => {
  test('to be picked up is ended as failed, without a rollback: the template is not to blame', async () => {
    const stack = await working({ enableAutoRollback: true })
    expect(await sweepAt(6 * 3600 + 1)).toEqual({ ...clean, ended: 1 })
    expect(await found(stack)).toMatchObject({
      status: 'DEPLOYMENT_FAILED',
      statusMessage: expect.stringContaining('waited in the queue'),
    })
    expect((await found(stack))?.job).toBeUndefined()
    expect(queue.sent).toEqual([])
    const { deploymentId } = stack.job
    const told = await openEventStore(memory.table).list({ stackId: stack.id, deploymentId })
    expect(told.events.map(({ entry }) => entry)).toMatchObject([
      { type: 'ERROR', message: expect.stringContaining('waited in the queue') },
    ])
    const history = await memory.table.get({ pk: `STACK#${stack.id}`, sk: `DEPLOYMENT#${deploymentId}` })
    expect(history).toMatchObject({ outcome: 'failed' })
    expect(await sweepAt(7 * 3600)).toEqual(clean)
  })

  test('to finish is ended as failed, whatever it does', async () => {
    const job = { attempt: 9, finishBefore: secondsLater(100).toISOString() }
    const rollback = await working({
      status: 'ROLLBACK_IN_PROGRESS',
      job: queuedJob({ ...job, kind: 'rollback' }),
    })
    const deletion = await working({ status: 'DELETION_IN_PROGRESS', job: queuedJob({ ...job, kind: 'delete' }) })
    expect(await sweepAt(101)).toEqual({ ...clean, ended: 2 })
    expect(await found(rollback)).toMatchObject({ status: 'ROLLBACK_FAILED' })
    expect(await found(deletion)).toMatchObject({
      status: 'DELETION_FAILED',
      statusMessage: expect.stringContaining('did not finish within 6 hours'),
    })
  })
})

// Bug: the end was committed first and told afterwards; who died in between left a failed deployment whose events and whose
// history did not say so.
describe('whoever gives a job up and dies', () => {
  const late = 6 * 3600 + 1

  test('leaves it due again, and whoever ends it then says so', async () => {
    const stack = await working()
    const deployments = openDeploymentStore(memory.table)
    const dying = { ...deployments, end: () => Promise.reject(new Error('died')) }
    expect((await sweepAt(late, { deployments: dying })).failures).toMatchObject([{ message: 'died' }])
    expect(await found(stack)).toMatchObject({ status: 'DEPLOYMENT_IN_PROGRESS', job: { attempt: 1 } })
    // Nobody else is at work on it while it may still live.
    expect(await sweepAt(late + 70)).toEqual(clean)
    expect(await sweepAt(late + 80)).toEqual({ ...clean, ended: 1 })
    expect(await found(stack)).toMatchObject({ status: 'DEPLOYMENT_FAILED' })
    const { deploymentId } = stack.job
    const history = await memory.table.get({ pk: `STACK#${stack.id}`, sk: `DEPLOYMENT#${deploymentId}` })
    expect(history).toMatchObject({ outcome: 'failed', attempt: 2 })
  })

  test('has told of the end before it was committed', async () => {
    const stack = await working()
    const dying: StackStore = {
      ...stacks,
      commit: async (seen, next) => {
        if (next.status === 'DEPLOYMENT_FAILED') throw new Error('died')
        return stacks.commit(seen, next)
      },
    }
    await sweepAt(late, { stacks: dying })
    const { deploymentId } = stack.job
    const told = await openEventStore(memory.table).list({ stackId: stack.id, deploymentId })
    expect(told.events.map(({ entry }) => entry)).toMatchObject([{ type: 'ERROR' }])
  })
})

describe('a job that somebody else takes care of', () => {
  const keyOf = ({ project, name }: StackRecord): Key => ({ pk: `PROJECT#${project}`, sk: `STACK#${name}` })
  /** An index that lags: it still names jobs whose items have moved on. */
  const lagging = (...stacksInIndex: StackRecord[]) => ({ dueJobs: { list: async () => stacksInIndex.map(keyOf) } })

  test('is left alone: claimed, put off, over or gone while the index still names it', async () => {
    const claimed = await working({
      job: queuedJob({ claim: { token: 't', leaseUntil: secondsLater(900).toISOString() } }),
    })
    const putOff = await working({ job: queuedJob({ queuedAt: secondsLater(25).toISOString() }) })
    const over = await working()
    const { job: _over, ...idle } = over
    await stacks.commit(over, { ...idle, status: 'DEPLOYMENT_COMPLETE' })
    const gone = workingStack()
    expect(await sweepAt(30, lagging(claimed, putOff, over, gone))).toEqual({ ...clean, left: 4 })
    expect(queue.sent).toEqual([])
    expect(await found(claimed)).toEqual(claimed)
  })

  test('between the reading and the writing is left alone too', async () => {
    const stack = await working()
    const overtaken: StackStore = {
      ...stacks,
      commit: async (seen, next) => {
        await claimJob(stacks, stack, { now: secondsLater(30), leaseUntil: secondsLater(900) })
        return stacks.commit(seen, next)
      },
    }
    expect(await sweepAt(30, { stacks: overtaken })).toEqual({ ...clean, left: 1 })
    expect((await found(stack))?.job).toMatchObject({ attempt: 1, resends: 0 })
    expect(queue.sent).toEqual([])
  })
})

describe('a job that cannot be swept', () => {
  test('does not keep the others waiting, and is reported', async () => {
    const [broken, fine] = [await working(), await working()]
    const failing: StackStore = {
      ...stacks,
      find: async (project, name) => {
        if (name === broken.name) throw new Error('throttled')
        return stacks.find(project, name)
      },
    }
    const report = await sweepAt(30, { stacks: failing })
    expect(report).toMatchObject({ sent: 1, ended: 0, left: 0 })
    expect(report.failures).toMatchObject([{ message: 'throttled' }])
    expect(queue.sent.map(({ message }) => message.jobId)).toEqual([fine.job.id])
  })

  test('because the queue refuses it is reported, and due again later', async () => {
    const stack = await working()
    queue.refusing = new Error('the queue is away')
    expect((await sweepAt(30)).failures).toMatchObject([{ message: 'the queue is away' }])
    queue.refusing = undefined
    expect(await sweepAt(31)).toEqual(clean)
    expect(await sweepAt(70)).toEqual({ ...clean, sent: 1 })
    expect(queue.sent.map(({ message }) => message.jobId)).toEqual([stack.job.id])
  })
})

test('on one machine that was started anew, a claim of the start before holds nobody up', async () => {
  const stack = await working({
    job: queuedJob({ claim: { token: 't', leaseUntil: secondsLater(-21).toISOString(), hostId: 'start 1' } }),
  })
  expect(await sweepAt(0, { hostId: 'start 2' })).toEqual({ ...clean, sent: 1 })
  expect((await found(stack))?.job).not.toHaveProperty('claim')
})

test('objects of a record that was never written are deleted a minute later', async () => {
  const blobs = memoryBlobs()
  const largeValues = openLargeValues(memory.table, blobs)
  const record = { pk: 'PROJECT#p', sk: 'CONFIG#c' }
  const refused = async () => false
  await largeValues.put(record, new Map([['projects/p/software/c/1.json', '1']]), noon, refused)
  expect(await sweepAt(59, { largeValues })).toEqual(clean)
  expect(blobs.content.size).toBe(1)
  expect(await sweepAt(60, { largeValues })).toEqual({ ...clean, settled: 1 })
  expect(blobs.content.size).toBe(0)
  expect(await sweepAt(10_000, { largeValues })).toEqual(clean)
})

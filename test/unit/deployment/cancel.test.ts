/** Stopping what is under way: a real table, blobs in memory, and an engine during whose run somebody cancels. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RunnerDied } from '../../../shared/aws/runner-client.ts'
import { type CancelRequest, cancel } from '../../../shared/deployment/cancel.ts'
import type { WorkingStack } from '../../../shared/deployment/outcome.ts'
import { stateKeyOf } from '../../../shared/deployment/run-engine.ts'
import { stopSignKey } from '../../../shared/deployment/stop-sign.ts'
import { sweep } from '../../../shared/deployment/sweep.ts'
import { openDueJobs } from '../../../shared/job/due-jobs.ts'
import { putOff } from '../../../shared/job/record.ts'
import { openLargeValues } from '../../../shared/software/large-values.ts'
import type { StackRecord } from '../../../shared/stack/record.ts'
import { captureLog } from '../../support/captured-log.ts'
import type { ScriptedRun } from '../../support/fake-services.ts'
import { jobScene } from '../../support/job-scene.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'
import { queuedJob, secondsLater, snapshot } from '../../support/stack-records.ts'

let memory: MemoryTable
beforeAll(async () => {
  memory = await startMemoryTable()
})
afterAll(() => memory.stop())
captureLog()

type Asked = Partial<Omit<CancelRequest, 'now'>>

/** A job's scene in which one can cancel, also during a run. */
async function scene(given: Parameters<typeof jobScene>[1], ...runs: ScriptedRun[]) {
  const story = await jobScene(memory.table, given, ...runs)
  const cancelled = async (asked: Asked = {}) => {
    const seen = (await story.current()) as StackRecord
    const request = { seen, by: 'ada', rollBack: false, fingerprint: randomUUID(), now: story.clock.now(), ...asked }
    return cancel(story, request)
  }
  const current = async () => (await story.current()) as WorkingStack
  return { ...story, cancelled, current }
}

/** A scene whose job is cancelled while its engine runs. */
async function cancelledRun(
  given: Parameters<typeof jobScene>[1],
  run: Omit<ScriptedRun, 'meanwhile'>,
  asked: Asked = {},
  ...later: ScriptedRun[]
) {
  const meanwhile = () => story.cancelled(asked)
  const story: Awaited<ReturnType<typeof scene>> = await scene(given, { ...run, meanwhile }, ...later)
  await story.deliver()
  return story
}

const stopped = { outcome: 'interrupted', stopped: true } as const

describe('a deployment that waits in the queue', () => {
  test('ends at once, without a run, and can be continued', async () => {
    const story = await scene({})
    expect(await story.cancelled()).toEqual({ deploymentId: story.stack.job.deploymentId })
    const after = await story.current()
    expect(after).toMatchObject({ status: 'DEPLOYMENT_FAILED', statusMessage: 'Cancelled by ada.' })
    expect(after.job).toBeUndefined()
    expect(await story.messages()).toEqual(['Cancellation requested by ada.', 'Deployment failed: Cancelled by ada.'])
    // The message that is still on the queue points at a job that is over.
    await story.deliver({ ...after, stackName: after.name, stackId: after.id, jobId: story.stack.job.id })
    expect(story.runner.requests).toEqual([])
  })

  test('is rolled back if that is asked for, and its story goes on behind', async () => {
    const story = await scene({ stable: undefined } as Partial<StackRecord>, {})
    await story.cancelled({ rollBack: true })
    const rolling = await story.current()
    expect(rolling).toMatchObject({ status: 'ROLLBACK_IN_PROGRESS', job: { kind: 'rollback' } })
    expect(story.queue.sent.map(({ message }) => message.jobId)).toEqual([rolling.job.id])
    await story.deliver()
    expect(await story.current()).toMatchObject({ status: 'ROLLBACK_COMPLETE' })
    expect(await story.messages()).toEqual([
      'Cancellation requested by ada.',
      'Deployment failed: Cancelled by ada.',
      'Rollback started.',
      'Rollback succeeded.',
    ])
  })

  test('again, because its worker died, keeps the state that it had saved', async () => {
    const uncertain = new RunnerDied('the answer broke off', { certain: false })
    const story = await scene({}, { savesState: 'half made', breaksOff: uncertain }, {})
    await expect(story.deliver()).rejects.toThrow()
    story.clock.set(secondsLater(1000))
    const dead = await story.current()
    await story.stacks.commit(dead, putOff(dead, story.clock.now()))
    await story.cancelled()
    const ended = await story.current()
    expect(ended).toMatchObject({ status: 'DEPLOYMENT_FAILED' })
    await story.stacks.commit(ended, { ...ended, status: 'DEPLOYMENT_IN_PROGRESS', job: queuedJob() })
    await story.deliver()
    const saved = `memory:get:${stateKeyOf(dead, dead.job.deploymentId, 1)}`
    expect(story.runner.requests[1]?.state.readUrl).toBe(saved)
  })
})

describe('a deployment that runs', () => {
  test('is told to stop, and ends as cancelled with what it saved; nothing is sent on', async () => {
    const story = await cancelledRun({ enableAutoRollback: true }, { result: stopped })
    const after = await story.current()
    const { deploymentId } = story.stack.job
    expect(after).toMatchObject({
      status: 'DEPLOYMENT_FAILED',
      statusMessage: 'Cancelled by ada.',
      stateKey: stateKeyOf(story.stack, deploymentId, 1),
    })
    expect(after.job).toBeUndefined()
    expect(story.queue.sent).toEqual([])
    expect(story.runner.requests[0]?.stopSign?.readUrl).toBe(`memory:get:${stopSignKey(story.stack)}`)
    // The run has told by itself who stopped it.
    expect(await story.messages()).toEqual(['Deployment started.', 'Deployment failed: Cancelled by ada.'])
    expect([...story.blobs.content.keys()]).not.toContain(stopSignKey(story.stack))
  })

  test('is rolled back when that is asked for, whatever its flag says, and only then', async () => {
    const story = await cancelledRun({}, { result: stopped }, { rollBack: true }, {})
    expect(await story.current()).toMatchObject({ status: 'ROLLBACK_IN_PROGRESS', job: { kind: 'rollback' } })
    await story.deliver()
    expect(await story.current()).toMatchObject({ status: 'ROLLBACK_COMPLETE' })
    expect(story.runner.requests.map(({ stopSign }) => stopSign?.readUrl)).toHaveLength(2)
    const [first, second] = story.runner.requests.map(({ stopSign }) => stopSign?.readUrl)
    expect(first).not.toBe(second)
  })

  test('and succeeds before it is told has succeeded', async () => {
    const story = await cancelledRun({}, {})
    expect(await story.current()).toMatchObject({ status: 'DEPLOYMENT_COMPLETE', stable: story.stack.target })
    expect(await story.messages()).toEqual([
      'Deployment started.',
      'Cancellation requested by ada.',
      'The cancellation came too late.',
      'Deployment succeeded.',
    ])
  })

  test('and fails before it is told says both, and is not rolled back by its flag', async () => {
    const failure = { outcome: 'failed', message: 'the subnet is full' } as const
    const story = await cancelledRun({ enableAutoRollback: true }, { result: failure })
    expect(await story.current()).toMatchObject({
      status: 'DEPLOYMENT_FAILED',
      statusMessage: 'Cancelled by ada. It had failed before: the subnet is full',
    })
  })

  test('and whose engine dies is not tried again', async () => {
    const died = new RunnerDied('the runner ended with OutOfMemory', { certain: true })
    const story = await cancelledRun({}, { savesState: 'half made', breaksOff: died })
    expect(await story.current()).toMatchObject({
      status: 'DEPLOYMENT_FAILED',
      statusMessage: 'Cancelled by ada.',
      stateKey: stateKeyOf(story.stack, story.stack.job.deploymentId, 1),
    })
  })

  test('and whose worker dies is ended by the next delivery, without another run', async () => {
    const uncertain = new RunnerDied('the answer broke off', { certain: false })
    const story = await scene({}, { breaksOff: uncertain, meanwhile: () => story.cancelled() } as ScriptedRun)
    await expect(story.deliver()).rejects.toThrow()
    story.clock.set(secondsLater(1000))
    const { stacks, plans, events, deployments, queue, clock } = story
    const none = { sweep: async () => false }
    const others = { configs: none, templateVersions: none, largeValues: openLargeValues(memory.table, story.blobs) }
    await sweep({ stacks, plans, events, deployments, queue, clock, ...others, dueJobs: openDueJobs(memory.table) })
    expect(queue.sent).toHaveLength(1)
    await story.deliver()
    expect(story.runner.requests).toHaveLength(1)
    expect(await story.current()).toMatchObject({ status: 'DEPLOYMENT_FAILED', statusMessage: 'Cancelled by ada.' })
  })

  test('is cancelled also when that comes between the last look and the commit', async () => {
    const story = await scene({}, { result: { outcome: 'interrupted' } })
    const { append } = story.events
    let asked = false
    story.events.append = async (at, events) => {
      if (!asked && events.some(({ message }) => message.includes('goes on'))) {
        asked = true
        await story.cancelled()
      }
      return append(at, events)
    }
    await story.deliver()
    expect(asked).toBe(true)
    expect(await story.current()).toMatchObject({ status: 'DEPLOYMENT_FAILED', statusMessage: 'Cancelled by ada.' })
    expect(story.queue.sent).toEqual([])
    expect((await story.messages()).slice(-2)).toEqual([
      'Cancellation requested by ada.',
      'Deployment failed: Cancelled by ada.',
    ])
  })
})

describe('a request whose function dies after its commit', () => {
  test('takes effect at the end of the run all the same', async () => {
    const story = await scene({}, { result: { outcome: 'interrupted' }, meanwhile: () => failing() })
    const failing = async () => {
      const { put } = story.blobs
      story.blobs.put = async () => {
        throw new Error('the function died')
      }
      await expect(cancelWith(story)).rejects.toThrow('the function died')
      story.blobs.put = put
    }
    const cancelWith = (using: typeof story) => using.cancelled()
    await story.deliver()
    expect(await story.current()).toMatchObject({ status: 'DEPLOYMENT_FAILED', statusMessage: 'Cancelled by ada.' })
  })

  test('does the rest when it is sent again', async () => {
    const again = { fingerprint: 'the same' }
    const story = await scene({}, { result: stopped, meanwhile: () => twice() })
    const twice = async () => {
      const first = await story.cancelled(again)
      story.blobs.content.delete(stopSignKey(story.stack))
      expect(await story.cancelled(again)).toEqual(first)
      expect(story.blobs.content.get(stopSignKey(story.stack))).toBe('Cancellation requested by ada.')
    }
    await story.deliver()
    expect(await story.current()).toMatchObject({ status: 'DEPLOYMENT_FAILED' })
  })

  test('does not cancel the rollback that it has brought about', async () => {
    const again = { fingerprint: 'the same', rollBack: true }
    const story = await scene({})
    const first = await story.cancelled(again)
    const rolling = await story.current()
    expect(await story.cancelled(again)).toMatchObject(first)
    expect(await story.current()).toEqual(rolling)
  })
})

describe('a rollback and a deletion', () => {
  test.each([
    ['rollback', 'ROLLBACK_FAILED', 'Rollback failed: Cancelled by ada.'],
    ['delete', 'DELETION_FAILED', 'Deletion failed: Cancelled by ada.'],
  ] as const)('%s: can be cancelled as well', async (kind, status, message) => {
    const story = await cancelledRun({ kind }, { result: stopped })
    expect(await story.current()).toMatchObject({ status, statusMessage: 'Cancelled by ada.' })
    expect((await story.messages()).at(-1)).toBe(message)
  })

  test('whose resources are gone cannot be kept any more', async () => {
    const story = await cancelledRun({ kind: 'delete' }, {})
    expect(await story.current()).toBeUndefined()
    const erasing = await scene({ kind: 'delete' })
    const seen = await erasing.current()
    await erasing.stacks.commit(seen, { ...seen, job: { ...seen.job, erasing: true } })
    await expect(erasing.cancelled()).rejects.toMatchObject({ errorName: 'CancelInWrongStatus' })
  })
})

describe('a cancellation is refused', () => {
  test('when nothing is under way', async () => {
    const story = await scene({})
    await story.cancelled()
    await expect(story.cancelled()).rejects.toMatchObject({
      errorName: 'CancelInWrongStatus',
      detail: expect.stringContaining('DEPLOYMENT_IN_PROGRESS'),
    })
  })

  test('with a rollback, where none can follow', async () => {
    for (const kind of ['rollback', 'delete'] as const) {
      const story = await scene({ kind })
      await expect(story.cancelled({ rollBack: true })).rejects.toMatchObject({ errorName: 'CancelInWrongStatus' })
    }
    const story = await scene({ target: snapshot('importing', { imports: true }) })
    await expect(story.cancelled({ rollBack: true })).rejects.toMatchObject({ errorName: 'TemplateInvalid' })
    await story.cancelled()
  })

  test('when another one wants it otherwise', async () => {
    const story = await scene({}, { result: stopped, meanwhile: () => both() })
    const both = async () => {
      await story.cancelled()
      await expect(story.cancelled({ rollBack: true })).rejects.toMatchObject({ errorName: 'StackBusy' })
    }
    await story.deliver()
    expect(await story.current()).toMatchObject({ status: 'DEPLOYMENT_FAILED' })
  })

  test('when another command came first', async () => {
    const story = await scene({}, {})
    const seen = await story.current()
    await story.deliver()
    const over = await story.current()
    await story.stacks.commit(over, { ...over, status: 'DEPLOYMENT_IN_PROGRESS', job: queuedJob() })
    await expect(story.cancelled({ seen })).rejects.toMatchObject({ errorName: 'StackBusy' })
  })
})

// Bug: the job ended, and its stack was erased, between the mark on the job and the sign for its runner; the sign stayed.
test('a sign that comes when the job has ended is taken away again', async () => {
  const claim = { token: 't', leaseUntil: secondsLater(900).toISOString() }
  const story = await scene({ job: queuedJob({ attempt: 1, claim }) })
  const { put } = story.blobs
  story.blobs.put = async (...given) => {
    const { job: _over, ...ended } = await story.current()
    await story.stacks.commit(await story.current(), { ...ended, status: 'DEPLOYMENT_COMPLETE' })
    await put(...given)
  }
  await story.cancelled()
  expect(await story.blobs.list(stopSignKey(story.stack))).toEqual([])
})

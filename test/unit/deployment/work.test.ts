/** The way of a job from its claim to its outcome: a real table, blobs in memory, and an engine that follows a script. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RunnerBusy, RunnerDied } from '../../../shared/aws/runner-client.ts'
import type { WorkingStack } from '../../../shared/deployment/outcome.ts'
import { stateKeyOf } from '../../../shared/deployment/run-engine.ts'
import { blobPrefix } from '../../../shared/deployment/snapshots.ts'
import type { RunnerLine } from '../../../shared/engine/protocol.ts'
import { ClaimLost } from '../../../shared/job/claim.ts'
import { jobDueAt } from '../../../shared/job/record.ts'
import type { StackRecord } from '../../../shared/stack/record.ts'
import { captureLog } from '../../support/captured-log.ts'
import type { ScriptedRun } from '../../support/fake-services.ts'
import { jobScene } from '../../support/job-scene.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'
import { noon, queuedJob, secondsLater } from '../../support/stack-records.ts'

let memory: MemoryTable
beforeAll(async () => {
  memory = await startMemoryTable()
})
afterAll(() => memory.stop())
captureLog()

const scene = (given: Parameters<typeof jobScene>[1], ...runs: ScriptedRun[]) => jobScene(memory.table, given, ...runs)
const died = () => new RunnerDied('the runner ended with OutOfMemory', { certain: true })
const created: RunnerLine[] = [
  {
    type: 'event',
    event: {
      time: noon.toISOString(),
      type: 'CREATION_COMPLETE',
      message: 'made',
      resource: { address: 'a_b.c', type: 'a_b', name: 'c' },
    },
  },
  { type: 'resource', resource: { address: 'a_b.c', type: 'a_b', name: 'c', tainted: false, attributes: [] } },
]

describe('a deployment', () => {
  test('that succeeds ends the job, keeps state and view, and tells its story', async () => {
    const { deliver, current, messages, stack, runner, deployments, queue, views } = await scene({}, { lines: created })
    await deliver()
    const after = (await current()) as StackRecord
    expect(after).toMatchObject({
      status: 'DEPLOYMENT_COMPLETE',
      stable: stack.target,
      stateKey: stateKeyOf(stack, stack.job.deploymentId, 1),
      mayHaveResources: true,
    })
    expect(after.job).toBeUndefined()
    expect((await views.load(after))?.resources).toMatchObject([{ address: 'a_b.c', status: 'CREATION_COMPLETE' }])
    expect(await messages()).toEqual(['Deployment started.', 'made', 'Deployment succeeded.'])
    expect(await deployments.exists(stack.id, stack.job.deploymentId)).toBe(true)
    expect(queue.sent).toEqual([])
    expect(runner.requests).toMatchObject([
      {
        command: 'apply',
        files: [{ path: 'main.tf', content: 'locals { asked_for_last = 1 }' }],
        variables: { structure: [], body: 'n = 1' },
        stopAtMs: secondsLater(870).getTime(),
      },
    ])
    expect(runner.requests[0]?.state).not.toHaveProperty('readUrl')
  })

  // Bug: the run had ended well, and the job was ended as if its template were missing.
  test('whose earlier view was lost still ends as its run did', async () => {
    const { deliver, current, views } = await scene({ viewKey: 'views/lost' }, { lines: created })
    await deliver()
    const after = (await current()) as StackRecord
    expect(after).toMatchObject({ status: 'DEPLOYMENT_COMPLETE' })
    expect((await views.load(after))?.resources).toMatchObject([{ address: 'a_b.c' }])
  })

  test('starts from the state that there is', async () => {
    const { deliver, runner, blobs } = await scene({ stateKey: 'states/before' }, {})
    blobs.content.set('states/before', 'old state')
    await deliver()
    expect(runner.requests[0]?.state.readUrl).toBe('memory:get:states/before')
  })

  test('that fails says why, and keeps what was made', async () => {
    const failure = { outcome: 'failed', message: 'the subnet is full' } as const
    const { deliver, current, messages } = await scene({}, { lines: created, result: failure })
    await deliver()
    expect(await current()).toMatchObject({
      status: 'DEPLOYMENT_FAILED',
      statusMessage: 'the subnet is full',
      mayHaveResources: true,
    })
    expect((await messages()).at(-1)).toBe('Deployment failed: the subnet is full')
  })

  test('that fails without a word points at the events', async () => {
    const { deliver, current } = await scene({}, { result: { outcome: 'failed' } })
    await deliver()
    expect(await current()).toMatchObject({ statusMessage: 'The engine failed without saying why; see the events.' })
  })

  test('that fails with auto-rollback is followed by the rollback, in the same list of events', async () => {
    const failure = { outcome: 'failed', message: 'no' } as const
    const story = await scene({ enableAutoRollback: true }, { result: failure }, {})
    await story.deliver()
    const rolling = (await story.current()) as WorkingStack
    expect(rolling).toMatchObject({ status: 'ROLLBACK_IN_PROGRESS', job: { kind: 'rollback', attempt: 1 } })
    expect(story.queue.sent.map(({ message }) => message.jobId)).toEqual([rolling.job.id])
    await story.deliver()
    const after = await story.current()
    expect(after).toMatchObject({ status: 'ROLLBACK_COMPLETE' })
    expect(after).not.toHaveProperty('target')
    expect(story.runner.requests.map(({ command }) => command)).toEqual(['apply', 'destroy'])
    expect(await story.messages()).toEqual([
      'Deployment started.',
      'Deployment failed: no',
      'Rollback started.',
      'Rollback succeeded.',
    ])
  })

  test('whose template is missing from the storage fails and says what to do', async () => {
    const { deliver, current, blobs, stack } = await scene({})
    blobs.content.delete(stack.target?.templateKey ?? '')
    await deliver()
    expect(await current()).toMatchObject({
      status: 'DEPLOYMENT_FAILED',
      statusMessage: expect.stringContaining('deploy again'),
    })
  })

  test('drops the blobs that nothing refers to any more, and no others', async () => {
    const story = await scene({}, {})
    const [stable, previous] = [await story.save('locals { stable = 1 }'), await story.save('locals { earlier = 1 }')]
    const seen = (await story.current()) as StackRecord
    await story.stacks.commit(seen, { ...seen, stable, previous })
    story.blobs.content.set('elsewhere', 'of another stack')
    await story.deliver()
    const after = (await story.current()) as StackRecord
    const kept = [after.target?.templateKey, after.target?.variablesKey, after.stateKey, after.viewKey, 'elsewhere']
    expect([...story.blobs.content.keys()].sort()).toEqual(kept.map(String).sort())
  })
})

describe('a deployment that is interrupted', () => {
  test('goes on in another delivery from the state it saved, as one story', async () => {
    const story = await scene({}, { result: { outcome: 'interrupted' } }, {})
    await story.deliver()
    const between = (await story.current()) as WorkingStack
    expect(between).toMatchObject({ status: 'DEPLOYMENT_IN_PROGRESS', job: { attempt: 1 } })
    expect(between.job).not.toHaveProperty('claim')
    expect(between.job).not.toHaveProperty('deaths')
    expect(story.queue.sent).toMatchObject([{ message: { jobId: between.job.id }, attempt: 1 }])
    await story.deliver()
    expect(await story.current()).toMatchObject({ status: 'DEPLOYMENT_COMPLETE' })
    expect(story.runner.requests[1]?.state.readUrl).toBe(`memory:get:${between.stateKey}`)
    expect(await story.messages()).toEqual([
      'Deployment started.',
      'The engine was interrupted to save its state; the job goes on.',
      'Continued by attempt 2.',
      'Deployment succeeded.',
    ])
  })

  test('by the death of its engine goes on from what that had saved, and is given up at the third', async () => {
    const dies = { savesState: 'half made', breaksOff: died() }
    const story = await scene({ enableAutoRollback: false }, dies, dies, dies)
    await story.deliver()
    expect(await story.current()).toMatchObject({
      job: { deaths: 1 },
      stateKey: stateKeyOf(story.stack, story.stack.job.deploymentId, 1),
    })
    await story.deliver()
    await story.deliver()
    expect(await story.current()).toMatchObject({
      status: 'DEPLOYMENT_FAILED',
      statusMessage: expect.stringContaining('stopped unexpectedly 3 times'),
      stateKey: stateKeyOf(story.stack, story.stack.job.deploymentId, 3),
    })
  })

  test('by a broken connection is left to the next delivery: the engine may still be at work', async () => {
    const uncertain = new RunnerDied('the answer broke off', { certain: false })
    const story = await scene({}, { savesState: 'half made', breaksOff: uncertain }, {})
    await expect(story.deliver()).rejects.toThrow('the answer broke off')
    const held = (await story.current()) as WorkingStack
    expect(held).toMatchObject({ status: 'DEPLOYMENT_IN_PROGRESS', job: { attempt: 1, claim: expect.anything() } })
    await expect(story.deliver()).rejects.toThrow(ClaimLost)

    story.clock.set(secondsLater(900))
    await story.deliver()
    expect(story.runner.requests[1]?.state.readUrl).toBe(`memory:get:${stateKeyOf(held, held.job.deploymentId, 1)}`)
    expect(await story.current()).toMatchObject({ status: 'DEPLOYMENT_COMPLETE' })
  })

  // Bug: a runner that took no more runs for a minute and a half counted as one that had died three times: the deployment
  // failed, and the template was said to need more memory.
  test('because no engine can be started waits, ever longer, and says nothing against the template', async () => {
    const busy = { breaksOff: new RunnerBusy({ cause: new Error('Rate exceeded') }) }
    const story = await scene({}, busy, busy, busy, busy, {})
    for (let times = 1; times <= 4; times += 1) {
      await story.deliver()
      const waiting = (await story.current()) as WorkingStack
      expect(waiting).toMatchObject({ status: 'DEPLOYMENT_IN_PROGRESS', job: { resends: times } })
      expect(waiting.job).not.toHaveProperty('deaths')
      expect(jobDueAt(waiting.job)).toBe(secondsLater(20 * 2 ** times).toISOString())
    }
    expect(story.queue.sent).toEqual([])
    await story.deliver()
    expect(await story.current()).toMatchObject({ status: 'DEPLOYMENT_COMPLETE' })
  })

  test('again and again without having finished anything is given up at the fourth time in a row, and says why', async () => {
    const idle = { result: { outcome: 'interrupted' } } as const
    const story = await scene({}, idle, idle, idle, { ...idle, lines: created }, idle, idle, idle, idle)
    for (let run = 0; run < 7; run += 1) await story.deliver()
    expect(await story.current()).toMatchObject({ status: 'DEPLOYMENT_IN_PROGRESS', job: { idleRuns: 3 } })
    await story.deliver()
    expect(await story.current()).toMatchObject({
      status: 'DEPLOYMENT_FAILED',
      statusMessage: expect.stringContaining('takes longer than one run may'),
    })
  })

  test('for too long is ended, without another run of the engine', async () => {
    const late = queuedJob({ attempt: 4, finishBefore: secondsLater(-1).toISOString() })
    const story = await scene({ job: late })
    await story.deliver()
    expect(await story.current()).toMatchObject({
      status: 'DEPLOYMENT_FAILED',
      statusMessage: expect.stringContaining('did not finish within 6 hours'),
    })
    expect(story.runner.requests).toEqual([])
  })
})

describe('a deletion', () => {
  test('takes everything with it: resources, events, blobs, the stack and its place in the quota', async () => {
    const story = await scene({ kind: 'delete' }, {})
    await story.quota.reserve(story.stack.project, 1, noon)
    await story.deliver()
    expect(await story.current()).toBeUndefined()
    expect(story.runner.requests).toMatchObject([{ command: 'destroy' }])
    expect([...story.blobs.content.keys()].filter((key) => key.startsWith(blobPrefix(story.stack)))).toEqual([])
    expect(await story.messages()).toEqual([])
    expect(await story.quota.reserve(story.stack.project, 1, noon)).toBe(true)
  })

  test('that fails leaves the stack, and says why', async () => {
    const failure = { outcome: 'failed', message: 'the volume is attached' } as const
    const story = await scene({ kind: 'delete' }, { result: failure })
    await story.deliver()
    expect(await story.current()).toMatchObject({
      status: 'DELETION_FAILED',
      statusMessage: 'the volume is attached',
    })
    expect((await story.messages()).at(-1)).toBe('Deletion failed: the volume is attached')
  })

  test('whose last template cannot be planned is done with the one that deployed', async () => {
    const story = await scene({ kind: 'delete' }, { result: { outcome: 'failed', touchedResources: false } }, {})
    const seen = (await story.current()) as StackRecord
    await story.stacks.commit(seen, { ...seen, stable: await story.save('locals { deployed = 1 }') })
    await story.deliver()
    expect(story.runner.requests.map(({ files }) => files[0]?.content)).toEqual([
      'locals { asked_for_last = 1 }',
      'locals { deployed = 1 }',
    ])
    expect(await story.current()).toBeUndefined()
  })

  test('that has touched resources is not begun again with another template', async () => {
    const story = await scene({ kind: 'delete' }, { result: { outcome: 'failed', message: 'half gone' } })
    const seen = (await story.current()) as StackRecord
    await story.stacks.commit(seen, { ...seen, stable: await story.save('locals { deployed = 1 }') })
    await story.deliver()
    expect(await story.current()).toMatchObject({ status: 'DELETION_FAILED', statusMessage: 'half gone' })
  })

  test('whose worker dies when the resources are gone only forgets the rest; what is left shows nothing that is gone', async () => {
    const story = await scene({ kind: 'delete', stateKey: 'states/before' }, {})
    const { eraseStack } = story.events
    story.events.eraseStack = async () => {
      throw new Error('the worker died')
    }
    await expect(story.deliver()).rejects.toThrow('the worker died')
    story.events.eraseStack = eraseStack
    const left = (await story.current()) as StackRecord
    expect(left).toMatchObject({ status: 'DELETION_IN_PROGRESS', mayHaveResources: false, job: { erasing: true } })
    for (const key of ['target', 'stateKey', 'viewKey']) expect(left).not.toHaveProperty(key)
    story.clock.set(secondsLater(1000))
    await story.deliver()
    expect(await story.current()).toBeUndefined()
    expect(story.runner.requests).toHaveLength(1)
  })

  test('with more history than one delivery can delete goes on in the next ones', async () => {
    const story = await scene({ kind: 'delete' }, {})
    const { id: stackId, job } = story.stack
    const history = Array.from({ length: 2500 }, (_, at) => ({
      time: noon.toISOString(),
      type: 'LOG' as const,
      message: `event ${at}`,
    }))
    await story.events.append({ stackId, deploymentId: job.deploymentId, attempt: 0, first: 0 }, history)
    const { eraseStack } = story.events
    // Each delivery has the time for a thousand.
    story.events.eraseStack = (id) => eraseStack(id, () => true)
    for (let delivery = 1; delivery <= 2; delivery += 1) {
      await story.deliver()
      expect(await story.current()).toMatchObject({ job: { erasing: true, attempt: delivery } })
    }
    expect(story.queue.sent).toHaveLength(2)
    await story.deliver()
    expect(await story.current()).toBeUndefined()
    expect(await story.messages()).toEqual([])
    expect(story.runner.requests).toHaveLength(1)
  })

  test('that retains the resources runs no engine', async () => {
    const story = await scene({ kind: 'forget' })
    await story.deliver()
    expect(await story.current()).toBeUndefined()
    expect(story.runner.requests).toEqual([])
  })
})

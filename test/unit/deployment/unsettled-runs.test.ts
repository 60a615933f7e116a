/** What becomes of resources that a run told of before its engine, its runner or its worker died. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RunnerDied } from '../../../shared/aws/runner-client.ts'
import { giveUpStack } from '../../../shared/deployment/give-up.ts'
import type { WorkingStack } from '../../../shared/deployment/outcome.ts'
import { runOfState, stateKeyOf } from '../../../shared/deployment/run-engine.ts'
import { newDeploymentId, newStackJob } from '../../../shared/deployment/submit.ts'
import type { RunnerLine } from '../../../shared/engine/protocol.ts'
import type { JobKind } from '../../../shared/stack/lifecycle.ts'
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

type Scene = Awaited<ReturnType<typeof jobScene>>
const scene = ({ kind = 'deploy', ...given }: Parameters<typeof jobScene>[1], ...runs: ScriptedRun[]) =>
  jobScene(memory.table, { kind, job: queuedJob({ kind, deploymentId: newDeploymentId(noon) }), ...given }, ...runs)

const resource = { address: 'a_b.c', type: 'a_b', name: 'c', idKey: 'id', idValue: 'i-1' }
const created: RunnerLine[] = [
  { type: 'event', event: { time: noon.toISOString(), type: 'CREATION_COMPLETE', message: 'made', resource } },
]
const died = (certain = true): ScriptedRun => ({
  lines: created,
  breaksOff: new RunnerDied('the runner ended', { certain }),
})
const unsettled = { outcome: 'failed', stateSaved: false, settled: false } as const
const inJournal = [{ ...resource, newerThanState: true }]

/** A new deployment of the stack, as a command would put it. */
async function follow({ current, stacks }: Scene, kind: JobKind, status: WorkingStack['status']): Promise<void> {
  const stack = (await current())!
  const job = newStackJob(kind, newDeploymentId(secondsLater(1000)), noon)
  const { previous: _old, ...kept } = stack
  await stacks.commit(stack, { ...kept, status, job, ...(stack.target ? { previous: stack.target } : {}) })
}

describe('after the death of a runner', () => {
  test('the next attempt is told what it created, and no attempt after one that settled it', async () => {
    const story = await scene({}, died(), { result: { outcome: 'interrupted' } }, {})
    await story.deliver()
    expect(await story.messages()).toEqual([
      'Deployment started.',
      'made',
      'The engine stopped unexpectedly; the job goes on from the last saved state.',
    ])
    await story.deliver()
    await story.deliver()
    expect(story.runner.requests.map(({ journal }) => journal)).toEqual([undefined, inJournal, undefined])
    expect(await story.current()).not.toHaveProperty('unsettled')
  })

  test('what it told is stored before the job goes on, although the table refuses at first', async () => {
    const story = await scene({}, died(), {})
    const { append } = story.events
    let refusals = 2
    Object.assign(story.events, {
      append: async (...given: Parameters<typeof append>) => {
        refusals -= 1
        if (refusals >= 0) throw new Error('throttled')
        return append(...given)
      },
    })
    await story.deliver()
    expect(await story.messages()).toContain('made')
    expect(story.queue.sent).toHaveLength(1)
  })

  test('the state that another attempt saved later is not taken for older than its events', async () => {
    const story = await scene({}, died(), { ...died(), lines: [], savesState: 'of the second' }, {})
    await story.deliver()
    await story.deliver()
    await story.deliver()
    expect(story.runner.requests.map(({ journal }) => journal)).toEqual([undefined, inJournal, [resource]])
  })

  test('a job that is given up leaves its journal to the next deployment, with the template that made it', async () => {
    const story = await scene({}, died(), died(), died(), {})
    for (let at = 0; at < 3; at += 1) await story.deliver()
    expect(await story.current()).toMatchObject({ status: 'DEPLOYMENT_FAILED' })
    await follow(story, 'deploy', 'DEPLOYMENT_IN_PROGRESS')
    const seen = (await story.current())!
    await story.stacks.commit(seen, { ...seen, target: await story.save('locals { next = 1 }') })
    await story.deliver()
    const last = story.runner.requests.at(-1)
    expect(last).toMatchObject({
      journal: inJournal,
      files: [{ content: 'locals { next = 1 }' }],
      otherTemplates: [{ files: [{ content: 'locals { asked_for_last = 1 }' }], variables: { body: 'n = 1' } }],
    })
    expect(await story.current()).not.toHaveProperty('unsettled')
  })

  test('the rollback that follows is told of it, with the template that is rolled back', async () => {
    const failing = { result: { outcome: 'failed', message: 'killed', settled: false } } as const
    const story = await scene({ enableAutoRollback: true }, { ...failing, lines: created }, {})
    const seen = (await story.current())!
    await story.stacks.commit(seen, { ...seen, stable: await story.save('locals { stable = 1 }') })
    await story.deliver()
    await story.deliver()
    expect(story.runner.requests[1]).toMatchObject({
      journal: inJournal,
      files: [{ content: 'locals { stable = 1 }' }],
      otherTemplates: [{ files: [{ content: 'locals { asked_for_last = 1 }' }] }],
    })
  })
})

describe('after the death of a worker', () => {
  test('the events that it had are stored, and its runner’s state is found by the deployment after the next', async () => {
    const story = await scene({}, { ...died(false), savesState: 'saved by a runner alone' }, {})
    await expect(story.deliver()).rejects.toThrow('the runner ended')
    expect(await story.messages()).toContain('made')
    const held = (await story.current()) as WorkingStack
    expect(held).not.toHaveProperty('stateKey')
    const stores = { ...story, deployments: story.deployments }
    expect(await giveUpStack(stores, held, 'given up', secondsLater(900))).toBe(true)
    expect(await story.current()).toMatchObject({ status: 'DEPLOYMENT_FAILED' })

    await follow(story, 'deploy', 'DEPLOYMENT_IN_PROGRESS')
    await story.deliver()
    const stateKey = stateKeyOf(held, held.job.deploymentId, 1)
    expect(runOfState(stateKey)).toEqual({ deploymentId: held.job.deploymentId, attempt: 1 })
    expect(story.runner.requests[1]).toMatchObject({ journal: inJournal, state: { readUrl: `memory:get:${stateKey}` } })
  })
})

describe('a deletion of what is not in the state', () => {
  test('runs the engine, although the state is empty', async () => {
    const story = await scene({}, { ...died() }, { result: unsettled }, {})
    await story.deliver()
    await story.deliver()
    expect(await story.current()).toMatchObject({ status: 'DEPLOYMENT_FAILED', mayHaveResources: false })
    await follow(story, 'delete', 'DELETION_IN_PROGRESS')
    await story.deliver()
    expect(story.runner.requests.at(-1)).toMatchObject({ command: 'destroy', journal: inJournal })
    expect(await story.current()).toBeUndefined()
  })

  test('does not take the stack, and with it the events, before somebody was told what may be left', async () => {
    const lost = { lost: ['a_b.c (id i-1)'] }
    const story = await scene({ kind: 'delete' }, { result: lost }, {})
    await story.deliver()
    expect(await story.current()).toMatchObject({
      status: 'DELETION_FAILED',
      statusMessage:
        'Resources that the stack created may still exist: a_b.c (id i-1). Look for them at their provider, then delete the stack again.',
    })
    await follow(story, 'delete', 'DELETION_IN_PROGRESS')
    await story.deliver()
    expect(await story.current()).toBeUndefined()
  })

  test('says so also when it was interrupted in between', async () => {
    const lost = { lost: ['a_b.c (id i-1)'], stateSaved: false }
    const cut: ScriptedRun = { result: { ...lost, outcome: 'interrupted' } }
    const story = await scene({}, died(), { result: unsettled }, cut, { result: lost })
    await story.deliver()
    await story.deliver()
    await follow(story, 'delete', 'DELETION_IN_PROGRESS')
    await story.deliver()
    await story.deliver()
    expect(story.runner.requests.slice(2).map(({ journal }) => journal)).toEqual([inJournal, inJournal])
    expect(await story.current()).toMatchObject({ status: 'DELETION_FAILED' })
    expect(await story.current()).not.toHaveProperty('unsettled')
  })

  test('gives the journal to the second template only when the first one was of no use', async () => {
    const unusable = { outcome: 'failed', touchedResources: false, stateSaved: false } as const
    for (const settled of [true, false]) {
      const story = await scene({}, died(), { result: unsettled }, { result: { ...unusable, settled } }, {})
      await story.deliver()
      await story.deliver()
      await follow(story, 'delete', 'DELETION_IN_PROGRESS')
      const seen = (await story.current())!
      await story.stacks.commit(seen, { ...seen, stable: await story.save('locals { stable = 1 }') })
      await story.deliver()
      expect(story.runner.requests.slice(2).map(({ journal }) => journal)).toEqual([
        inJournal,
        settled ? undefined : inJournal,
      ])
    }
  })
})

/** What the delivery of a message does: once, twice, late, or to several workers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findStackJob } from '../../../shared/deployment/stack-job.ts'
import { ClaimLost, claimJob } from '../../../shared/job/claim.ts'
import { captureLog } from '../../support/captured-log.ts'
import type { ScriptedRun } from '../../support/fake-services.ts'
import { jobScene, messageOf } from '../../support/job-scene.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'
import { noon, secondsLater, stackRecord } from '../../support/stack-records.ts'

let memory: MemoryTable
beforeAll(async () => {
  memory = await startMemoryTable()
})
afterAll(() => memory.stop())
captureLog()

const scene = (given: Parameters<typeof jobScene>[1], ...runs: ScriptedRun[]) => jobScene(memory.table, given, ...runs)

describe('a message', () => {
  test('finds its job while that is pending or running, and only its own', async () => {
    const { stacks, stack } = await scene({})
    const message = messageOf(stack)
    expect(await findStackJob(stacks, message)).toEqual(stack)
    expect(await findStackJob(stacks, { ...message, jobId: 'older' })).toBeUndefined()
    expect(await findStackJob(stacks, { ...message, stackId: 'older' })).toBeUndefined()
    expect(await findStackJob(stacks, { ...message, stackName: 'gone' })).toBeUndefined()
  })

  test('of a job that is over, delivered once more, changes nothing', async () => {
    const story = await scene({}, {})
    const message = messageOf(story.stack)
    await story.deliver(message)
    const after = await story.current()
    await story.deliver(message)
    expect(await story.current()).toEqual(after)
    expect(story.runner.requests).toHaveLength(1)
  })

  test('of an idle stack changes nothing either', async () => {
    const story = await scene({})
    const idle = stackRecord()
    await story.stacks.create(idle)
    await story.deliver({ ...messageOf(story.stack), project: idle.project, stackName: idle.name, stackId: idle.id })
    expect(await story.stacks.find(idle.project, idle.name)).toEqual(idle)
  })

  test('of a job that another worker holds is left to that one', async () => {
    const story = await scene({})
    await claimJob(story.stacks, story.stack, { now: noon, leaseUntil: secondsLater(900) })
    await expect(story.deliver()).rejects.toThrow(ClaimLost)
    expect(story.runner.requests).toEqual([])
  })

  test('delivered to ten workers at once runs the engine once', async () => {
    const story = await scene({}, {})
    const message = messageOf(story.stack)
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => story.deliver(message)))
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1)
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(ClaimLost)
    }
    expect(story.runner.requests).toHaveLength(1)
    expect(await story.current()).toMatchObject({ status: 'DEPLOYMENT_COMPLETE' })
  })
})

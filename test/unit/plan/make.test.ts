/** Making an execution plan while its stack goes away, on a real table, with an engine that follows a script. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLog } from '../../../shared/aws/log.ts'
import { planPrefix } from '../../../shared/deployment/snapshots.ts'
import { ClaimLost } from '../../../shared/job/claim.ts'
import { openPlanItemStore } from '../../../shared/plan/items.ts'
import { makePlan } from '../../../shared/plan/make.ts'
import type { PlanRecord } from '../../../shared/plan/record.ts'
import { newPlanJob } from '../../../shared/plan/submit.ts'
import { captureLog } from '../../support/captured-log.ts'
import type { ScriptedRun } from '../../support/fake-services.ts'
import { jobScene } from '../../support/job-scene.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'
import { noon, secondsLater } from '../../support/stack-records.ts'

let memory: MemoryTable
beforeAll(async () => {
  memory = await startMemoryTable()
})
afterAll(() => memory.stop())
captureLog()

const planned = { outcome: 'succeeded', planned: { add: 1, update: 0, delete: 0, import: 0 } } as const

/** A stack with a plan that waits to be made, and the worker that makes it. */
async function planScene(...runs: ScriptedRun[]) {
  const story = await jobScene(memory.table, { kind: 'delete' }, ...runs)
  const { stack, snapshots, plans } = story
  const input = { template: { extension: 'tf' as const, content: Buffer.from('locals {}') }, variables: {} }
  const plan = {
    project: stack.project,
    stackName: stack.name,
    stackId: stack.id,
    name: 'plan',
    id: 'plan-id',
    status: 'CREATION_IN_PROGRESS',
    createdAt: noon.toISOString(),
    version: 1,
    generation: stack.generation,
    inputs: await snapshots.saveForPlan(stack, 'plan-id', input),
    imports: false,
    fingerprint: 'f',
    job: newPlanJob(noon),
  } satisfies PlanRecord
  await plans.create(plan)
  const { project, stackName, stackId, name, id } = plan
  const message = { project, stackName, stackId, plan: { name, id }, jobId: plan.job.id }
  const deadlines = { leaseUntil: secondsLater(900), stopAt: secondsLater(870) }
  return {
    ...story,
    make: () => makePlan({ ...story, items: openPlanItemStore(story.blobs) }, createLog({}), message, deadlines),
    found: () => plans.find(stackId, name),
    itsBlobs: () => story.blobs.list(planPrefix(stack, id)),
  }
}

// Bug: a plan that was asked for while its stack was being erased, after its erasure had looked for plans, stayed for ever,
// with its blobs, under a stack that is gone.
test('a plan that came too late for the erasure of its stack goes, with its blobs', async () => {
  const story = await planScene()
  expect(await story.itsBlobs()).toHaveLength(1)
  await story.make()
  expect(await story.found()).toBeUndefined()
  expect(await story.itsBlobs()).toEqual([])
  expect(story.runner.requests).toEqual([])
})

test('a plan whose stack was erased while it was made leaves nothing of what was saved for it', async () => {
  const story = await planScene({
    result: planned,
    meanwhile: async () => {
      await story.events.eraseStack(story.stack.id)
      await story.blobs.put(`${planPrefix(story.stack, 'plan-id')}1/plan.bin`, 'saved too late', 'text/plain')
    },
  })
  const { job: _none, ...idle } = story.stack
  await story.stacks.commit(story.stack, { ...idle, status: 'DEPLOYMENT_COMPLETE' })
  await expect(story.make()).rejects.toThrow(ClaimLost)
  expect(story.runner.requests).toHaveLength(1)
  expect(await story.itsBlobs()).toEqual([])
})

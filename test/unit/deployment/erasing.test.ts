/** How a deleted stack is forgotten: what a reader finds meanwhile, and what two workers at once may do. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { captureLog } from '../../support/captured-log.ts'
import { jobScene } from '../../support/job-scene.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'
import { noon, secondsLater } from '../../support/stack-records.ts'

let memory: MemoryTable
beforeAll(async () => {
  memory = await startMemoryTable()
})
afterAll(() => memory.stop())
captureLog()

// Bug: records and blobs were erased side by side, so the record of a plan could be read whose items were gone (a 500).
test('the records of plans go before their blobs', async () => {
  const story = await jobScene(memory.table, { kind: 'forget' })
  const { stack, plans, blobs } = story
  const inputs = await story.snapshots.saveForPlan(stack, 'plan-id', {
    template: { extension: 'tf', content: Buffer.from('locals {}') },
    variables: {},
  })
  await plans.create({
    project: stack.project,
    stackName: stack.name,
    stackId: stack.id,
    name: 'plan',
    id: 'plan-id',
    status: 'CREATION_FAILED',
    createdAt: noon.toISOString(),
    version: 1,
    generation: 1,
    inputs,
    imports: false,
    fingerprint: 'f',
  })
  const pointing: unknown[] = []
  const { delete: deleteBlobs } = blobs
  blobs.delete = async (keys) => {
    pointing.push(await plans.find(stack.id, 'plan'))
    await deleteBlobs(keys)
  }
  await story.deliver()
  expect(await story.current()).toBeUndefined()
  expect(pointing).toEqual([undefined])
  expect([...blobs.content.keys()]).toEqual([])
})

// Bug: a worker that outlived its lease gave the place of a stack back that its successor had removed and given back
// already; the project could have one stack more than it may.
test('its place is given back once, also when two workers erase it', async () => {
  const story = await jobScene(memory.table, { kind: 'forget' })
  const { stack, quota, events } = story
  for (let taken = 0; taken < 3; taken += 1) await quota.reserve(stack.project, 3, noon)
  const { eraseStack } = events
  let overtaken = false
  events.eraseStack = async (...given) => {
    if (!overtaken) {
      overtaken = true
      story.clock.set(secondsLater(1000))
      await story.deliver()
    }
    return eraseStack(...given)
  }
  await story.deliver()
  expect(await story.current()).toBeUndefined()
  expect(await quota.reserve(stack.project, 3, noon)).toBe(true)
  expect(await quota.reserve(stack.project, 3, noon)).toBe(false)
})

/** How a deleted stack is forgotten: what a reader finds meanwhile, and what two workers at once may do. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { captureLog } from '../../support/captured-log.ts'
import { jobScene } from '../../support/job-scene.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'
import { noon } from '../../support/stack-records.ts'

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

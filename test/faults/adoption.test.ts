/** What the engine created and no snapshot holds, when the machine that it runs on dies. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'

let cloud: TestCloud
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rfs-test-'))
  cloud = await startTestCloud()
})
afterAll(async () => {
  await cloud?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** `count` resources that note their creation, and one after them that waits until its gate is there. */
const gated = (count: number, name: string) => `
resource "terraform_data" "made" {
  count = ${count}
  provisioner "local-exec" {
    command = "echo made \${count.index} >> ${join(folder, name)}"
  }
}
resource "terraform_data" "waiting" {
  depends_on = [terraform_data.made]
  provisioner "local-exec" {
    command = "until test -f ${join(folder, name)}.gate; do sleep 0.1; done; echo waiting >> ${join(folder, name)}"
  }
}
`
const kept = 'resource "terraform_data" "kept" {}\n'
const creations = (name: string) => readFileSync(join(folder, name), 'utf8').trim().split('\n').sort()
const open = (name: string) => writeFileSync(join(folder, `${name}.gate`), '')

/** Kills the machine of the runner when the waiting resource has begun so often. */
async function killWhenWaiting(name: string, times: number): Promise<void> {
  const filter = 'event_type==CREATION_IN_PROGRESS,resource_name==waiting'
  const giveUpAt = Date.now() + 30_000
  while ((await cloud.events(name, { filter })).length < times) {
    expect(Date.now()).toBeLessThan(giveUpAt)
    await sleep(50)
  }
  expect(await cloud.cloud.killFunctionThreads('Runner')).toBe(1)
}

const idsByEvent = async (name: string, type: string) => {
  const events = await cloud.events(name, { filter: `event_type==${type}` })
  return events.map(({ resource_id_value }) => resource_id_value).filter(Boolean)
}

test('is adopted by the next attempt: every resource exists once', async () => {
  cloud.cloud.refuseObjectWrites('/states/')
  cloud.must(await cloud.create('unsaved', { template_body: gated(3, 'unsaved') }))
  await killWhenWaiting('unsaved', 1)
  cloud.cloud.refuseObjectWrites(undefined)
  open('unsaved')
  const stack = await cloud.settled('unsaved')
  expect(stack.status, stack.status_message).toBe('DEPLOYMENT_COMPLETE')

  expect(creations('unsaved')).toEqual(['made 0', 'made 1', 'made 2', 'waiting'])
  const resources = await cloud.resources('unsaved')
  expect(resources.map(({ physical_resource_id }) => physical_resource_id).sort()).toEqual(
    (await idsByEvent('unsaved', 'CREATION_COMPLETE')).sort(),
  )
  const told = await cloud.events('unsaved', { filter: 'event_type==LOG' })
  expect(told.filter(({ event_message }) => event_message?.endsWith('it is adopted.'))).toHaveLength(3)
  expect(told.filter(({ event_message }) => event_message?.includes('was being created'))).toHaveLength(1)
  expect(await cloud.events('unsaved', { filter: 'event_type==ERROR' })).toEqual([])
  cloud.must(await cloud.remove('unsaved'))
  await cloud.gone('unsaved')
}, 60_000)

test('is adopted and deleted by the rollback, whose template has no such resources', async () => {
  await cloud.created('given-up', kept, 'DEPLOYMENT_COMPLETE')
  cloud.must(await cloud.update('given-up', { enable_auto_rollback: true }))
  cloud.cloud.refuseObjectWrites('/states/')
  cloud.must(await cloud.deploy('given-up', kept + gated(2, 'given-up')))
  for (const times of [1, 2, 3]) await killWhenWaiting('given-up', times)
  cloud.cloud.refuseObjectWrites(undefined)
  const stack = await cloud.settled('given-up')
  expect(stack.status, stack.status_message).toBe('ROLLBACK_COMPLETE')

  expect(creations('given-up')).toEqual(['made 0', 'made 1'])
  const resources = await cloud.resources('given-up')
  expect(resources.map(({ logical_resource_name }) => logical_resource_name)).toEqual(['kept'])
  const made = await cloud.events('given-up', { filter: 'event_type==CREATION_COMPLETE,resource_name==made' })
  expect((await idsByEvent('given-up', 'DELETION_IN_PROGRESS')).sort()).toEqual(
    made.map(({ resource_id_value }) => resource_id_value).sort(),
  )
}, 60_000)

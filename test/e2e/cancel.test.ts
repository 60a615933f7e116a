/** Stopping a deployment, a rollback's cause, and a deletion over HTTP, with the real engine. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { many } from '../support/templates.ts'

let cloud: TestCloud
let folder: string
beforeAll(async () => {
  cloud = await startTestCloud()
  folder = mkdtempSync(join(tmpdir(), 'rfs-test-'))
})
afterAll(async () => {
  await cloud?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Makes `first`; `second` takes a minute to make, and to remove, for as long as the file does not exist. */
const slowUnless = (file: string) => `
resource "terraform_data" "first" {
  input = "made"
}
resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "test -f ${file}.made || sleep 60"
  }
  provisioner "local-exec" {
    when    = destroy
    command = "test -f ${file}.gone || sleep 60"
  }
}`

async function untilSecondIs(status: string, name: string): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    const resources = await cloud.resources(name)
    if (resources.some((each) => each.logical_resource_name === 'second' && each.resource_status === status)) return
    await sleep(50)
  }
  throw new Error(`the second resource of ${name} did not become ${status}`)
}

const byTheKey = 'Cancelled by the access key AKTEST***.'

test('a deployment that runs is stopped, what it made is kept, and it can be continued; so can its deletion', async () => {
  const file = join(folder, randomUUID())
  const { deployment_id } = cloud.must(await cloud.create('slow', { template_body: slowUnless(file) }))
  await untilSecondIs('CREATION_IN_PROGRESS', 'slow')
  const askedAt = Date.now()
  expect(await cloud.cancel('slow')).toMatchObject({ status: 202, body: { deployment_id } })
  const stopped = await cloud.settled('slow')
  expect(Date.now() - askedAt).toBeLessThan(30_000)
  expect(stopped).toMatchObject({ status: 'DEPLOYMENT_FAILED', status_message: byTheKey })
  const made = await cloud.resources('slow')
  expect(made.map((each) => [each.logical_resource_name, each.resource_status])).toEqual([
    ['first', 'CREATION_COMPLETE'],
    ['second', 'CREATION_FAILED'],
  ])
  const told = (await cloud.events('slow', { deployment_id })).map((each) => each.event_message)
  expect(told).toContain('Cancellation requested by the access key AKTEST***.')
  expect(told[0]).toBe(`Deployment failed: ${byTheKey}`)
  expect(await cloud.cancel('slow')).toMatchObject({ status: 403, error: { error_code: 'RF.10012578' } })

  for (const way of ['made', 'gone']) writeFileSync(`${file}.${way}`, '')
  cloud.must(await cloud.continueDeploy('slow'))
  expect(await cloud.settled('slow')).toMatchObject({ status: 'DEPLOYMENT_COMPLETE' })
  expect((await cloud.resources('slow'))[0]?.physical_resource_id).toBe(made[0]?.physical_resource_id)

  rmSync(`${file}.gone`)
  cloud.must(await cloud.remove('slow'))
  await untilSecondIs('DELETION_IN_PROGRESS', 'slow')
  cloud.must(await cloud.cancel('slow'))
  expect(await cloud.settled('slow')).toMatchObject({ status: 'DELETION_FAILED', status_message: byTheKey })
  expect((await cloud.resources('slow')).map((each) => each.logical_resource_name)).toContain('first')
  writeFileSync(`${file}.gone`, '')
  cloud.must(await cloud.remove('slow'))
  await cloud.gone('slow')
})

test('a deployment that runs is rolled back when that is asked for', async () => {
  const file = join(folder, randomUUID())
  writeFileSync(`${file}.gone`, '')
  await cloud.created('back', many(1), 'DEPLOYMENT_COMPLETE')
  const before = await cloud.resources('back')
  cloud.must(await cloud.deploy('back', `${many(1, 'changed')}${slowUnless(file)}`))
  await untilSecondIs('CREATION_IN_PROGRESS', 'back')
  cloud.must(await cloud.cancel('back', { roll_back: true }))
  expect(await cloud.settled('back')).toMatchObject({ status: 'ROLLBACK_COMPLETE' })
  const after = await cloud.resources('back')
  expect(after.map((each) => each.physical_resource_id)).toEqual(before.map((each) => each.physical_resource_id))
})

test('a deployment that waits in the queue ends at once', async () => {
  cloud.cloud.refuseQueueSends(true)
  const { deployment_id } = cloud.must(await cloud.create('waits', { template_body: many(1) }))
  expect(await cloud.cancel('waits', { stack_id: randomUUID() })).toMatchObject({ status: 400 })
  expect(await cloud.cancel('waits')).toMatchObject({ status: 202, body: { deployment_id } })
  cloud.cloud.refuseQueueSends(false)
  expect(await cloud.metadata('waits')).toMatchObject({ status: 'DEPLOYMENT_FAILED', status_message: byTheKey })
  cloud.must(await cloud.continueDeploy('waits'))
  expect(await cloud.settled('waits')).toMatchObject({ status: 'DEPLOYMENT_COMPLETE' })
})

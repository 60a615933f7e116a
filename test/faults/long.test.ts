/** Deployments that take far longer than one run of the engine may. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { slowChain } from '../support/templates.ts'

/** Longer ones by hand: `LONG_RUN_SECONDS=30 LONG_STEP_SECONDS=12`; the limit of a deployed service is 14 minutes. */
const seconds = { run: Number(process.env.LONG_RUN_SECONDS ?? 4), step: Number(process.env.LONG_STEP_SECONDS ?? 0.75) }
const steps = 16
const wide = 24

let cloud: TestCloud
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rfs-test-'))
  cloud = await startTestCloud({
    parameters: {
      RunnerTimeoutSeconds: String(seconds.run),
      WorkerTimeoutSeconds: String(seconds.run + 2),
      JobVisibilitySeconds: String(seconds.run + 3),
    },
  })
})
afterAll(async () => {
  await cloud?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const patienceMs = steps * seconds.step * 1000 * 4 + 60_000
const lines = (file: string) => readFileSync(file, 'utf8').trim().split('\n').sort()
const wideTemplate = (journal: string) => `
resource "terraform_data" "wide" {
  count = ${wide}
  provisioner "local-exec" {
    command = "sleep ${seconds.step}; echo \${self.id} >> ${journal}"
  }
}`

test('go on in the next delivery, without starting over, until all is made', { timeout: 2 * patienceMs }, async () => {
  const [inTurn, atOnce] = [join(folder, randomUUID()), join(folder, randomUUID())]
  cloud.must(await cloud.create('chain', { template_body: slowChain(steps, seconds.step, inTurn) }))
  cloud.must(await cloud.create('wide', { template_body: wideTemplate(atOnce) }))
  for (const name of ['chain', 'wide']) {
    const stack = await cloud.settled(name, patienceMs)
    expect(stack.status, stack.status_message).toBe('DEPLOYMENT_COMPLETE')
  }
  const resources = await cloud.resources('chain')
  expect(resources).toHaveLength(steps)
  expect(lines(inTurn)).toEqual(resources.map((each) => each.logical_resource_name).sort())
  // What an interruption cuts short is not done; it is made anew, and nothing else is.
  expect(lines(atOnce)).toEqual((await cloud.resources('wide')).map((each) => each.physical_resource_id).sort())

  const told = (await cloud.events('chain', { filter: 'event_type==LOG' })).map((each) => each.event_message ?? '')
  const deliveries = 1 + told.filter((text) => text.startsWith('Continued by attempt')).length
  expect(deliveries).toBeGreaterThan(2)
  expect(told.filter((text) => text.endsWith('the job goes on.'))).toHaveLength(deliveries - 1)
  const broken = await cloud.events('chain', { filter: 'event_type==DELETION_COMPLETE' })
  expect(broken.length, 'one is broken only where the engine began it before it was interrupted').toBeLessThan(
    deliveries,
  )
  if (process.env.LONG_RUN_SECONDS) console.log({ deliveries, broken: broken.length, wide: await brokenIn('wide') })
})

async function brokenIn(name: string): Promise<number> {
  return (await cloud.events(name, { filter: 'event_type==DELETION_COMPLETE' })).length
}

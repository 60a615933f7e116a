/** The template policy over the API: what is refused leaves no trace, and what is broken ends at the engine, untouched. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { planActions } from '../support/plan-actions.ts'
import { many } from '../support/templates.ts'

let cloud: TestCloud
let open: TestCloud
let folder: string

beforeAll(async () => {
  cloud = await startTestCloud({ parameters: { TemplateProfile: 'hosted' } })
  open = await startTestCloud()
  folder = mkdtempSync(join(tmpdir(), 'rfs-test-'))
})
afterAll(async () => {
  await Promise.all([cloud?.stop(), open?.stop()])
  rmSync(folder, { recursive: true, force: true })
})

const provisioner = 'resource "terraform_data" "a" {\n  provisioner "local-exec" {\n    command = "true"\n  }\n}\n'
const refusal = {
  ok: false,
  status: 400,
  error: {
    error_code: 'RF.10011074',
    error_msg: expect.stringContaining('main.tf, line 2: provisioner "local-exec" is not allowed'),
  },
}

test('a template that is not allowed creates no stack', async () => {
  expect(await cloud.create('refused', { template_body: provisioner })).toMatchObject(refusal)
  expect((await cloud.list()).map(({ stack_name }) => stack_name)).not.toContain('refused')
})

test('a template that is not allowed is neither deployed nor planned, and the stack stays as it is', async () => {
  await cloud.created('kept', many(1), 'DEPLOYMENT_COMPLETE')
  const before = { events: await cloud.events('kept'), stack: await cloud.metadata('kept') }
  expect(await cloud.deploy('kept', provisioner)).toMatchObject(refusal)
  const plans = planActions(cloud)
  expect(await plans.create('kept', 'plan', provisioner)).toMatchObject(refusal)
  expect(await plans.list('kept')).toEqual([])
  expect({ events: await cloud.events('kept'), stack: await cloud.metadata('kept') }).toEqual(before)
})

test('the JSON form is refused as well, with its own line', async () => {
  const body = JSON.stringify({ output: { a: { value: '${file("/etc/hostname")}' } } }, undefined, 2)
  expect(await cloud.create('refused-json', { template_body: body })).toMatchObject({
    status: 400,
    error: { error_code: 'RF.10011074', error_msg: expect.stringContaining('main.tf.json, line 4: function file') },
  })
})

test('a syntax error ends the deployment with its place, also where the profile is hosted', async () => {
  const { stack } = await cloud.created(
    'broken',
    'resource "terraform_data" "a" {\n  input = = 1\n}\n',
    'DEPLOYMENT_FAILED',
  )
  expect(stack.status_message).toContain('main.tf line 2')
})

test('nothing of a template with a syntax error is carried out: what is not read for certain cannot run', async () => {
  const trace = join(folder, 'ran')
  const runs = `resource "terraform_data" "a" {\n  provisioner "local-exec" {\n    command = "touch ${trace}"\n  }\n}\n`
  for (const [at, error] of ['x = = 1\n', 'locals {\n  a = "x\n}\n', 'locals {\n', '}\n', 'a "b" c\n'].entries()) {
    await open.created(`broken-${at}`, runs + error, 'DEPLOYMENT_FAILED')
    expect(existsSync(trace)).toBe(false)
  }
  await open.created('unbroken', runs, 'DEPLOYMENT_COMPLETE')
  expect(existsSync(trace)).toBe(true)
})

test('a local module that is not there is explained by the engine', async () => {
  const { stack } = await cloud.created('modular', 'module "a" {\n  source = "./a"\n}\n', 'DEPLOYMENT_FAILED')
  expect(stack.status_message).toMatch(/module/i)
})

test('variables cannot call what a template may not', async () => {
  const template = 'variable "a" {\n}\noutput "a" {\n  value = var.a\n}\n'
  const body = { vars_body: 'a = file("/etc/hostname")\n' }
  const { stack } = await cloud.created('calling', template, 'DEPLOYMENT_FAILED', body)
  expect(stack.status_message).toContain('Function calls not allowed')
})

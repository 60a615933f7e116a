import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { everyForm, failsHalfway, failsInPlan, many, unlessFile } from '../support/templates.ts'

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

const file = () => join(folder, randomUUID())

describe('a deployment that succeeds', () => {
  test('shows its resources, outputs and events', async () => {
    const { deployment_id } = await cloud.created('every-form', everyForm, 'DEPLOYMENT_COMPLETE')

    const resources = await cloud.resources('every-form')
    const names = resources.map((each) => `${each.logical_resource_name}[${each.index_key ?? ''}]`).sort()
    expect(names).toEqual(['counted[0]', 'counted[1]', 'hidden[]', 'named[ada]', 'named[grace]', 'single[]'])
    for (const each of resources) {
      expect(each).toMatchObject({
        logical_resource_type: 'terraform_data',
        resource_status: 'CREATION_COMPLETE',
        physical_resource_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      })
    }
    const single = resources.find((each) => each.logical_resource_name === 'single')
    const value = single?.resource_attributes?.find((each) => each.key === 'input')?.value
    expect(JSON.parse(value ?? '')).toEqual({ size: 3, tags: ['a', 'b'], note: null })

    expect((await cloud.outputs('every-form')).sort((a, b) => a.name.localeCompare(b.name))).toEqual([
      { name: 'list', type: expect.any(String), value: '["counted 0","counted 1"]', sensitive: false },
      { name: 'number', type: 'number', value: '3', sensitive: false },
      { name: 'secret', type: '<sensitive>', value: '<sensitive>', sensitive: true },
      { name: 'text', type: 'string', value: '"a"', sensitive: false },
    ])

    const events = (await cloud.events('every-form', { deployment_id })).reverse()
    expect(events[0]).toMatchObject({ event_type: 'LOG', event_message: 'Deployment started.' })
    expect(events.at(-1)).toMatchObject({ event_type: 'LOG', event_message: 'Deployment succeeded.' })
    expect(events.filter((each) => each.event_type === 'CREATION_COMPLETE')).toHaveLength(6)
    expect(events.find((each) => each.event_type === 'SUMMARY')?.event_message).toContain('6 added')
    const made = events.find((each) => each.event_type === 'CREATION_COMPLETE' && each.resource_name === 'named')
    expect(made).toMatchObject({ resource_id_key: 'id', resource_key: expect.stringMatching(/ada|grace/) })
  })

  test('masks what the template calls sensitive in outputs, attributes, events and logs', async () => {
    const hidden = (await cloud.resources('every-form')).find((each) => each.logical_resource_name === 'hidden')
    expect(hidden?.resource_attributes).toContainEqual({ key: 'input', value: '<sensitive>' })
    const rest = [await cloud.outputs('every-form'), await cloud.events('every-form'), cloud.logs]
    expect(JSON.stringify(rest)).not.toContain('planted-secret')
  })

  test('is followed by an update in place and by the removal of what left the template', async () => {
    await cloud.created('grows', many(3), 'DEPLOYMENT_COMPLETE')
    const before = await cloud.resources('grows')
    await cloud.deployed('grows', many(2, 'w'), 'DEPLOYMENT_COMPLETE')
    const after = await cloud.resources('grows')
    expect(after.map((each) => [each.index_key, each.resource_status])).toEqual([
      ['0', 'UPDATE_COMPLETE'],
      ['1', 'UPDATE_COMPLETE'],
    ])
    expect(after[0]?.physical_resource_id).toBe(before[0]?.physical_resource_id)
  })

  test('takes variables from both carriers, ignores undeclared ones, and gives them back', async () => {
    const template = `
      variable "a" { type = number }
      variable "b" { type = list(string) }
      output "a" { value = var.a + 1 }
      output "b" { value = length(var.b) }`
    const body = {
      vars_structure: [
        { var_key: 'a', var_value: '41' },
        { var_key: 'undeclared', var_value: 'x' },
      ],
      vars_body: 'b = ["x", "y"]\n',
    }
    await cloud.created('variables', template, 'DEPLOYMENT_COMPLETE', body)
    const outputs = await cloud.outputs('variables')
    expect(outputs.map(({ name, value }) => [name, value])).toEqual([
      ['a', '42'],
      ['b', '2'],
    ])
    expect(await cloud.metadata('variables')).toMatchObject(body)
  })

  test('takes a template in JSON', async () => {
    const template = JSON.stringify({
      resource: { terraform_data: { json: { input: 'x' } } },
      output: { o: { value: 1 } },
    })
    await cloud.created('json-template', template, 'DEPLOYMENT_COMPLETE')
    expect(await cloud.outputs('json-template')).toMatchObject([{ name: 'o', value: '1' }])
  })

  test('offers its template by a link that needs no headers', async () => {
    const answer = await cloud.template('grows')
    expect(answer.status).toBe(307)
    const link = answer.headers.get('location') ?? ''
    const plain = await fetch(link)
    expect([plain.status, await plain.text()]).toEqual([200, many(2, 'w')])
    const withHeader = await fetch(link, { headers: { Authorization: 'SDK-HMAC-SHA256 Access=x' } })
    expect(withHeader.status).toBe(200)
  })
})

describe('a deployment that fails', () => {
  test('in its plan leaves everything as it was and says why', async () => {
    await cloud.created('fails-in-plan', many(1), 'DEPLOYMENT_COMPLETE')
    const before = await cloud.resources('fails-in-plan')
    const { stack, deployment_id } = await cloud.deployed('fails-in-plan', failsInPlan, 'DEPLOYMENT_FAILED')
    expect(stack.status_message).toContain('One is not greater than two.')
    expect(stack.status_message).toMatch(/main\.tf line \d+/)
    expect(stack.status_message).not.toContain(tmpdir())
    expect(await cloud.resources('fails-in-plan')).toEqual(before)
    const errors = await cloud.events('fails-in-plan', { deployment_id, filter: 'event_type==ERROR' })
    expect(errors).toHaveLength(1)
    expect(errors[0]?.event_message).toContain('One is not greater than two.')
  })

  test.each([
    ['a syntax error', 'resource "terraform_data" "x" {\n  input =\n}', /main\.tf line 2/],
    ['an undeclared variable', 'output "x" {\n  value = var.nowhere\n}', /nowhere[\s\S]*main\.tf line 2/],
    ['a missing value', 'variable "needed" {}\noutput "x" {\n value = var.needed\n}', /needed/],
    ['an unknown provider', 'resource "nosuch_thing" "x" {}', /nosuch/],
    [
      'a validation',
      'variable "n" {\n  default = 1\n  validation {\n    condition = var.n > 5\n    error_message = "n is too small."\n  }\n}',
      /n is too small/,
    ],
  ])('by %s ends as DEPLOYMENT_FAILED with the place of it', async (name, template, message) => {
    const { stack } = await cloud.created(`bad-${name.replaceAll(' ', '-')}`, template, 'DEPLOYMENT_FAILED')
    expect(stack.status_message).toMatch(message)
    const errors = await cloud.events(stack.stack_name, { filter: 'event_type==ERROR' })
    expect(errors.length).toBeGreaterThan(0)
  })

  test('half-way keeps what was made, shows what failed, and goes on once the cause is gone', async () => {
    const needed = file()
    const { stack, deployment_id } = await cloud.created('half-way', failsHalfway(needed), 'DEPLOYMENT_FAILED')
    expect(stack.status_message).toContain('local-exec')
    const halfway = await cloud.resources('half-way')
    expect(halfway.map((each) => [each.logical_resource_name, each.resource_status])).toEqual([
      ['first', 'CREATION_COMPLETE'],
      ['second', 'CREATION_FAILED'],
    ])
    expect(halfway[1]?.status_message).toContain('local-exec')
    expect(await cloud.outputs('half-way')).toMatchObject([{ name: 'first', value: '"made"' }])

    writeFileSync(needed, '')
    const again = cloud.must(await cloud.continueDeploy('half-way'))
    expect(again.deployment_id).not.toBe(deployment_id)
    expect(await cloud.settled('half-way')).toMatchObject({ status: 'DEPLOYMENT_COMPLETE' })
    expect((await cloud.metadata('half-way')).status_message).toBeUndefined()
    const complete = await cloud.resources('half-way')
    expect(complete.map((each) => [each.logical_resource_name, each.resource_status])).toEqual([
      ['first', 'CREATION_COMPLETE'],
      ['second', 'CREATION_COMPLETE'],
    ])
    expect(complete[0]?.physical_resource_id).toBe(halfway[0]?.physical_resource_id)
  })

  test('can be continued only then', async () => {
    expect(await cloud.continueDeploy('half-way')).toMatchObject({
      status: 403,
      error: { error_code: 'RF.10012547', error_msg: expect.stringContaining('DEPLOYMENT_COMPLETE') },
    })
  })
})

describe('automatic rollback', () => {
  const autoRollback = { enable_auto_rollback: true }

  test('returns to the last template that deployed, under the same deployment id', async () => {
    await cloud.created('rolls-back', many(2), 'DEPLOYMENT_COMPLETE', autoRollback)
    const before = await cloud.resources('rolls-back')
    const template = `${many(1, 'changed')}\n${failsHalfway(file())}`
    const { deployment_id } = await cloud.deployed('rolls-back', template, 'ROLLBACK_COMPLETE')
    const after = await cloud.resources('rolls-back')
    const shape = (list: typeof after) => list.map((each) => [each.logical_resource_name, each.index_key])
    expect(shape(after)).toEqual(shape(before))
    expect(after[0]?.physical_resource_id).toBe(before[0]?.physical_resource_id)
    const events = (await cloud.events('rolls-back', { deployment_id })).map((each) => each.event_message).reverse()
    const told = events.filter((text) => /^(Deployment|Rollback) /.test(text ?? ''))
    expect(told).toEqual([
      'Deployment started.',
      expect.stringMatching(/^Deployment failed: /),
      'Rollback started.',
      'Rollback succeeded.',
    ])
    const link = (await cloud.template('rolls-back')).headers.get('location') ?? ''
    expect(await (await fetch(link)).text()).toBe(many(2))
  })

  test('of a first deployment destroys what it made', async () => {
    await cloud.created('rolls-to-nothing', failsHalfway(file()), 'ROLLBACK_COMPLETE', autoRollback)
    expect(await cloud.resources('rolls-to-nothing')).toEqual([])
    expect(await cloud.outputs('rolls-to-nothing')).toEqual([])
    expect(await cloud.template('rolls-to-nothing')).toMatchObject({
      status: 404,
      error: { error_code: 'RF.10013023' },
    })
  })

  test('that fails can be continued until it succeeds', async () => {
    const door = file()
    await cloud.created('rollback-fails', unlessFile(door, 'v1'), 'DEPLOYMENT_COMPLETE', autoRollback)
    writeFileSync(door, '')
    const bad = `${many(1)}\n${failsHalfway(file())}`
    const { stack } = await cloud.deployed('rollback-fails', bad, 'ROLLBACK_FAILED')
    expect(stack.status_message).toContain('The door is closed.')
    expect(await cloud.continueDeploy('rollback-fails')).toMatchObject({ error: { error_code: 'RF.10012547' } })

    cloud.must(await cloud.continueRollback('rollback-fails'))
    expect((await cloud.settled('rollback-fails')).status).toBe('ROLLBACK_FAILED')

    rmSync(door)
    const again = cloud.must(await cloud.continueRollback('rollback-fails'))
    expect((await cloud.settled('rollback-fails')).status).toBe('ROLLBACK_COMPLETE')
    expect(await cloud.events('rollback-fails', { deployment_id: again.deployment_id })).not.toEqual([])
    expect((await cloud.resources('rollback-fails')).map((each) => each.logical_resource_name)).toEqual(['guarded'])
    expect(await cloud.continueRollback('rollback-fails')).toMatchObject({ error: { error_code: 'RF.10012548' } })
  })
})

describe('deletion', () => {
  test('removes the resources, the events and the stack, and frees the name', async () => {
    const { stack_id } = await cloud.created('short-lived', many(2), 'DEPLOYMENT_COMPLETE')
    expect((await cloud.remove('short-lived')).status).toBe(202)
    await cloud.gone('short-lived')
    expect((await cloud.list()).map((each) => each.stack_name)).not.toContain('short-lived')
    const again = cloud.must(await cloud.create('short-lived'))
    expect(again.stack_id).not.toBe(stack_id)
    expect(await cloud.events('short-lived')).toEqual([])
  })

  test('destroys with the template that deployed when the last one cannot be read', async () => {
    const journal = file()
    const template = `
      resource "terraform_data" "made" {
        provisioner "local-exec" {
          when    = destroy
          command = "echo destroyed >> ${journal}"
        }
      }`
    await cloud.created('broken-later', template, 'DEPLOYMENT_COMPLETE')
    await cloud.deployed('broken-later', 'resource "terraform_data" {', 'DEPLOYMENT_FAILED')
    cloud.must(await cloud.remove('broken-later'))
    await cloud.gone('broken-later')
    const { readFileSync } = await import('node:fs')
    expect(readFileSync(journal, 'utf8')).toBe('destroyed\n')
  })

  test('that fails can be repaired by a deployment', async () => {
    const door = file()
    const template = `
      resource "terraform_data" "stubborn" {
        provisioner "local-exec" {
          when    = destroy
          command = "test ! -f ${door}"
        }
      }`
    await cloud.created('stubborn', template, 'DEPLOYMENT_COMPLETE')
    writeFileSync(door, '')
    cloud.must(await cloud.remove('stubborn'))
    const failed = await cloud.settled('stubborn')
    expect(failed).toMatchObject({ status: 'DELETION_FAILED', status_message: expect.stringContaining('local-exec') })
    rmSync(door)
    await cloud.deployed('stubborn', template, 'DEPLOYMENT_COMPLETE')
    cloud.must(await cloud.remove('stubborn'))
    await cloud.gone('stubborn')
  })

  test('with retain leaves the resources alone', async () => {
    const journal = file()
    const template = `
      resource "terraform_data" "kept" {
        provisioner "local-exec" {
          when    = destroy
          command = "echo destroyed >> ${journal}"
        }
      }`
    await cloud.created('retained', template, 'DEPLOYMENT_COMPLETE')
    expect((await cloud.removeEnhanced('retained', true)).status).toBe(202)
    await cloud.gone('retained')
    const { existsSync } = await import('node:fs')
    expect(existsSync(journal)).toBe(false)
  })

  test('is refused while a job runs, and while protection is on', async () => {
    await cloud.must(
      await cloud.create('busy', {
        template_body: 'resource "terraform_data" "x" {\n provisioner "local-exec" {\n command = "sleep 2"\n }\n}',
      }),
    )
    expect(await cloud.remove('busy')).toMatchObject({ status: 403, error: { error_code: 'RF.10012544' } })
    expect(await cloud.deploy('busy', many(1))).toMatchObject({ status: 403, error: { error_code: 'RF.10012571' } })
    expect(await cloud.update('busy', { description: 'x' })).toMatchObject({
      status: 403,
      error: { error_code: 'RF.10012519' },
    })
    expect(await cloud.outputs('busy')).toEqual([])
    await cloud.settled('busy')
    expect((await cloud.update('busy', { enable_deletion_protection: true })).status).toBe(204)
    expect(await cloud.remove('busy')).toMatchObject({ status: 403, error: { error_code: 'RF.10012573' } })
  })
})

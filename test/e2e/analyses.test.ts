/** What the service tells about templates and plans without deploying anything: variables, and what a plan adds would cost. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EstimateExecutionPlanPrice } from '../../shared/contract/execution-plans.ts'
import { ParseTemplateVariables } from '../../shared/contract/template-analyses.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { type FileServer, startFileServer } from '../support/file-server.ts'
import { planActions } from '../support/plan-actions.ts'
import { project } from '../support/stack-actions.ts'
import { buildZip } from '../support/zip-builder.ts'

const priceBook = JSON.stringify({
  currency: 'USD',
  resources: [
    {
      provider: 'builtin/terraform',
      type: 'terraform_data',
      products: [
        { when: { 'input.kind': 'free' }, mode: 'FREE' },
        { when: { 'input.kind': 'disk' }, mode: 'POST_PAID', period: 'HOUR', price: 0.0011, times: 'input.size' },
        {
          when: { 'input.kind': 'server' },
          mode: 'PRE_PAID',
          period: 'MONTH',
          price: 10,
          count: 'input.months',
          discount: { percent: 10, type: 605 },
        },
      ],
    },
  ],
})

let cloud: TestCloud
let plans: ReturnType<typeof planActions>
let files: FileServer

beforeAll(async () => {
  files = await startFileServer()
  const parameters = { TemplateProfile: 'hosted', PrivateTemplateHosts: files.host }
  cloud = await startTestCloud({ priceBook, parameters })
  plans = planActions(cloud)
})
afterAll(async () => {
  await cloud?.stop()
  await files?.stop()
})

describe('the variables of a template', () => {
  const parse = (body: { template_body?: string; template_uri?: string }) =>
    cloud.call(ParseTemplateVariables, { path: { project_id: project }, body })

  test('come as the template declares them', async () => {
    const template = `variable "servers" {
  type = map(object({ size = optional(number, 1) }))
  default = {
    web = {}
  }
  validation {
    condition     = length(var.servers) > 0
    error_message = "A server is needed."
  }
}
variable "password" {
  type      = string
  sensitive = true
}
`
    expect(await parse({ template_body: template })).toMatchObject({
      ok: true,
      status: 200,
      body: {
        variables: [
          {
            name: 'servers',
            type: 'map(object({ size = optional(number, 1) }))',
            default: { web: { size: 1 } },
            sensitive: false,
            nullable: true,
            validations: [{ condition: '${length(var.servers) > 0}', error_message: 'A server is needed.' }],
          },
          { name: 'password', type: 'string', sensitive: true, nullable: true },
        ],
      },
    })
  })

  test('come from JSON, number by number as they are written', async () => {
    const path = `/v1/${project}/template-analyses/variables`
    const template = '{"variable":{"a":{"default":[1e400,12345678901234567890]}}}'
    const headers = { 'Content-Type': 'application/json', 'Client-Request-Id': crypto.randomUUID() }
    const body = JSON.stringify({ template_body: template })
    const response = await cloud.send({ method: 'POST', path, headers, body })
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('12345678901234567890]')
  })

  test('come from an archive: all files of its root, with what override files change, and no module', async () => {
    const archive = buildZip([
      { name: 'main.tf', content: 'variable "b" {}\nmodule "m" {\n  source = "./m"\n}\n' },
      { name: 'a.tf.json', content: '{"variable":{"a":{"type":"number","default":"1"}}}' },
      { name: 'override.tf', content: 'variable "b" {\n  default = "overridden"\n}\n' },
      { name: 'm/main.tf', content: 'variable "of_the_module" {}\n' },
      { name: 'picture.png', content: Buffer.from([0x89, 0xff, 0xfe]) },
    ])
    const plain = { sensitive: false, nullable: true }
    expect(await parse({ template_uri: files.put('/all.zip', archive) })).toMatchObject({
      ok: true,
      body: {
        variables: [
          { name: 'a', type: 'number', default: 1, ...plain },
          { name: 'b', default: 'overridden', ...plain },
        ],
      },
    })
  })

  test('come from a file by its address, whose faults are told as those of a template', async () => {
    const template_uri = files.put('/one.tf', 'variable "a" {\n  default = [1, 2\n}\n')
    expect(await parse({ template_uri })).toMatchObject({
      ok: false,
      error: { error_code: 'RF.10011074', error_msg: expect.stringContaining('main.tf, line 2, column 13') },
    })
    files.put('/one.tf', 'variable "a" {}\n')
    expect(await parse({ template_uri })).toMatchObject({ ok: true, body: { variables: [{ name: 'a' }] } })
  })

  test('are an empty object where there are none', async () => {
    expect(await parse({ template_body: 'locals {}\n' })).toMatchObject({ ok: true, body: {} })
    expect((await parse({ template_body: '{}' })) as { body: object }).toHaveProperty('body', {})
  })

  test('are told also of a template that may not be deployed here', async () => {
    const template = 'variable "a" {}\nmodule "b" {\n  source = "example.com/far/away"\n}\n'
    expect(await parse({ template_body: template })).toMatchObject({ ok: true, body: { variables: [{ name: 'a' }] } })
  })

  test.each([
    ['RF.10011073', 'variable "a" {\n  default = [1, 2\n}\n', 'main.tf, line 2, column 13'],
    ['RF.10011073', '{\n"variable": {"a": {,}}}', 'line 2, column 20'],
    ['RF.10011074', 'variable "a" {\n  default = upper("x")\n}\n', 'main.tf, line 2, column 13'],
    ['RF.10011074', '{\n"variable": {"a": {"type": "text"}}}', 'main.tf.json, line 2, column 28'],
  ])('are refused with %s for %j', async (code, template_body, place) => {
    expect(await parse({ template_body })).toMatchObject({
      ok: false,
      status: 400,
      error: { error_code: code, error_msg: expect.stringContaining(place) },
    })
  })

  test('need exactly one template', async () => {
    expect(await parse({})).toMatchObject({ ok: false, error: { error_code: 'RF.10011056' } })
    const both = { template_body: 'locals {}\n', template_uri: 'https://example.com/a.tf' }
    expect(await parse(both)).toMatchObject({ ok: false, error: { error_code: 'RF.10011003' } })
  })
})

describe('the price of a plan', () => {
  const prices = (stack: string, plan: string, query: { stack_id?: string; execution_plan_id?: string } = {}) =>
    cloud.call(EstimateExecutionPlanPrice, { path: plans.path(stack, plan), query })
  const resource = (name: string, input: string, more = '') =>
    `resource "terraform_data" "${name}" {\n  input = ${input}\n${more}}\n`

  test('is told for everything that it adds, also where there is none', async () => {
    const template = `variable "secret" {
  default   = "a-secret-kind"
  sensitive = true
}
${resource('disk', '{ kind = "disk", size = 10 }', '  count = 2\n')}
${resource('server', '{ kind = "server", months = 3 }')}
${resource('free', '{ kind = "free" }')}
${resource('hidden', '{ kind = var.secret }')}
${resource('waits', '{ kind = terraform_data.free.id }')}
`
    cloud.must(await cloud.create('priced'))
    const { execution_plan_id } = await plans.available('priced', 'plan', template)
    const disk = { charge_mode: 'POST_PAID', sale_price: 0.02, discount: 0, original_price: 0.02 }
    const free = { charge_mode: 'FREE', sale_price: 0, discount: 0, original_price: 0 }
    const answer = await prices('priced', 'plan', { execution_plan_id })
    expect(answer).toMatchObject({ ok: true, status: 200, body: { currency: 'USD' } })
    const name = (resource_name: string) => ({ resource_type: 'terraform_data', resource_name })
    expect((answer as { body: { items: unknown[] } }).body.items).toEqual([
      ...['0', '1'].map((index) => ({
        ...name('disk'),
        index,
        supported: true,
        resource_price: [{ ...disk, period_type: 'HOUR', period_count: 1 }],
      })),
      { ...name('free'), supported: true, resource_price: [free] },
      { ...name('hidden'), supported: false, unsupported_message: 'input.kind is sensitive.' },
      {
        ...name('server'),
        supported: true,
        resource_price: [
          {
            charge_mode: 'PRE_PAID',
            sale_price: 27,
            discount: 3,
            original_price: 30,
            period_type: 'MONTH',
            period_count: 3,
            best_discount_type: 605,
            best_discount_price: 3,
          },
        ],
      },
      { ...name('waits'), supported: false, unsupported_message: 'input.kind is only known after the deployment.' },
    ])
  })

  test.each([
    ['RF.10011095', 400, '{ size = 1 }', 'input.kind'],
    ['RF.10011096', 400, '{ kind = "disk", size = "large" }', 'input.size'],
    ['RF.10013029', 404, '{ kind = "boat" }', 'no product'],
  ])('is refused with %s', async (code, status, input, text) => {
    const stack = `refused-${code.slice(-2)}`
    cloud.must(await cloud.create(stack))
    await plans.available(stack, 'plan', resource('a', input))
    expect(await prices(stack, 'plan')).toMatchObject({
      ok: false,
      status,
      error: { error_code: code, error_msg: expect.stringContaining(text) },
    })
  })

  test('is not told for what there is not, or by another id', async () => {
    const other = '00000000-0000-4000-8000-000000000000'
    expect(await prices('nowhere', 'plan')).toMatchObject({ ok: false, error: { error_code: 'RF.10013001' } })
    expect(await prices('priced', 'none')).toMatchObject({ ok: false, error: { error_code: 'RF.10013002' } })
    const byId = await prices('priced', 'plan', { execution_plan_id: other })
    expect(byId).toMatchObject({ ok: false, status: 400, error: { error_code: 'RF.10011018' } })
    const byStackId = await prices('priced', 'plan', { stack_id: other })
    expect(byStackId).toMatchObject({ ok: false, status: 400, error: { error_code: 'RF.10011015' } })
  })

  test('is absent for a plan that could not be made', async () => {
    cloud.must(await plans.create('priced', 'broken', 'resource "terraform_data" "a" {\n  input = var.none\n}\n'))
    expect((await plans.made('priced', 'broken')).status).toBe('CREATION_FAILED')
    expect(await prices('priced', 'broken')).toMatchObject({ ok: true, body: {} })
  })
})

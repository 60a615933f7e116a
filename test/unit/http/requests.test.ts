/** How a request is read before its fields are looked at: header, query, body, several faults at once, and the order of checks. */
import { describe, expect, test } from 'vitest'
import { operations } from '../../../shared/contract/index.ts'
import { GetOpenapi } from '../../../shared/contract/service.ts'
import { GetStackTemplate, ListStackEvents, ListStacks } from '../../../shared/contract/stack-reads.ts'
import {
  ContinueDeployStack,
  CreateStack,
  DeleteStack,
  DeleteStackEnhanced,
  DeployStack,
  UpdateStack,
} from '../../../shared/contract/stacks.ts'
import { captureLog } from '../../support/captured-log.ts'
import { ask, received, requestWith } from './ask.ts'
import { uuid } from './field-cases.ts'

captureLog()

describe('Client-Request-Id', () => {
  const checked = operations.filter(({ group }) => group === 'stacks' || group === 'templates')

  test.each(checked.map((operation) => [operation.operationId, operation] as const))(
    '%s cannot be called without one, nor with an unusable one',
    async (_id, operation) => {
      const refusals = [
        [undefined, 'RF.10011001', 'Client-Request-Id is required.'],
        ['', 'RF.10011006', 'Client-Request-Id has 0 characters, it must have at least 36.'],
        ['a'.repeat(35), 'RF.10011006', 'Client-Request-Id has 35 characters'],
        ['a'.repeat(129), 'RF.10011005', 'Client-Request-Id has 129 characters, it must have at most 128.'],
        [`-${'a'.repeat(36)}`, 'RF.10011008', 'Client-Request-Id'],
        [`${'a'.repeat(36)}_`, 'RF.10011008', 'Client-Request-Id'],
        [`${'a'.repeat(36)}ä`, 'RF.10011008', 'Client-Request-Id'],
      ] as const
      for (const [id, code, says] of refusals) {
        const outcome = await ask(operation, requestWith(operation, { headers: { 'Client-Request-Id': id } }))
        expect(outcome).toMatchObject({ accepted: false, status: 400, code })
        expect(outcome).toHaveProperty('message', expect.stringContaining(says))
      }
    },
  )

  test('may be spelled in any case and have 36 to 128 letters, digits and hyphens', async () => {
    for (const name of ['client-request-id', 'CLIENT-REQUEST-ID', 'Client-Request-Id']) {
      for (const id of ['A1-'.repeat(12), 'z'.repeat(128)]) {
        const headers = { 'Client-Request-Id': undefined, [name]: id }
        expect(await ask(ListStacks, requestWith(ListStacks, { headers }))).toMatchObject({ accepted: true })
      }
    }
  })

  test("is not needed for the service's own description, whatever it holds", async () => {
    for (const id of [undefined, 'x', '#'.repeat(200)]) {
      const outcome = await ask(GetOpenapi, { headers: { 'Client-Request-Id': id } })
      expect(outcome).toMatchObject({ accepted: true, status: 200 })
    }
  })
})

describe('a query', () => {
  test('is read in the declared types', async () => {
    const query = { limit: '25', marker: '7', filter: 'resource_name==x', stack_id: uuid }
    const { query: got } = await received(ListStackEvents, requestWith(ListStackEvents, { query }))
    expect(got).toEqual({ ...query, limit: 25 })
  })

  test('may repeat a parameter that is a list, and gives it as a list even when it stands once', async () => {
    const several = { access_control_source_ips: ['10.0.0.1', '10.0.0.2'], access_control_source_vpc_ids: 'vpc-1' }
    const { query } = await received(GetStackTemplate, requestWith(GetStackTemplate, { query: several }))
    expect(query).toEqual({ ...several, access_control_source_vpc_ids: ['vpc-1'] })
  })

  test('may not repeat any other parameter, not even with the same value', async () => {
    for (const [name, values] of [
      ['limit', ['10', '20']],
      ['limit', ['10', '10']],
      ['marker', ['a', 'b', 'c']],
    ] as const) {
      const outcome = await ask(ListStacks, requestWith(ListStacks, { query: { [name]: values } }))
      const times = values.length
      expect(outcome).toMatchObject({ status: 400, code: 'RF.10011093' })
      expect(outcome).toHaveProperty('message', expect.stringContaining(`is given ${times} times; give it once.`))
    }
  })
})

describe('a body', () => {
  test('that is needed and absent is missed, and so is one of blanks', async () => {
    for (const operation of [CreateStack, DeployStack, UpdateStack]) {
      for (const body of [undefined, '', ' \r\n\t']) {
        const outcome = await ask(operation, { ...requestWith(operation, {}), body })
        expect(outcome).toMatchObject({
          status: 400,
          code: 'RF.10011032',
          message: expect.stringContaining('JSON object'),
        })
      }
    }
  })

  test('that is not needed may be absent, and is then empty', async () => {
    for (const operation of [ContinueDeployStack, DeleteStackEnhanced]) {
      for (const body of [undefined, '', '  ', '{}', 'null']) {
        expect((await received(operation, { ...requestWith(operation, {}), body })).body).toEqual({})
      }
    }
  })

  test('that is no JSON is refused, with or without a need for one', async () => {
    for (const operation of [CreateStack, ContinueDeployStack]) {
      for (const body of [
        'stack_name=web',
        '{"stack_name": "web"',
        "{'stack_name': 'web'}",
        '{"a":1}{"b":2}',
        'undefined',
      ]) {
        const outcome = await ask(operation, { ...requestWith(operation, {}), body })
        expect(outcome).toMatchObject({ status: 400, code: 'RF.10011033' })
      }
    }
  })

  test('that is JSON but no object is refused', async () => {
    for (const body of ['[]', '[{"stack_name":"web"}]', '"web"', '7', 'true']) {
      const outcome = await ask(CreateStack, { ...requestWith(CreateStack, {}), body })
      expect(outcome).toMatchObject({ status: 400, code: 'RF.10011038' })
      expect(outcome).toHaveProperty('message', expect.stringContaining('the request body must be an object.'))
    }
  })

  test('that is null lacks what it must have', async () => {
    const outcome = await ask(CreateStack, { ...requestWith(CreateStack, {}), body: 'null' })
    expect(outcome).toMatchObject({ code: 'RF.10011001', message: expect.stringContaining('stack_name is required.') })
  })

  test('must say that it is JSON, if it says anything', async () => {
    const withType = (type: string | undefined) =>
      ask(CreateStack, requestWith(CreateStack, { headers: { 'Content-Type': type } }))
    for (const type of [
      undefined,
      'application/json',
      'APPLICATION/JSON; charset=utf-8',
      'application/merge-patch+json',
    ]) {
      expect(await withType(type)).toMatchObject({ accepted: true })
    }
    for (const type of ['', 'text/plain', 'application/jsonp', 'application/x-www-form-urlencoded', 'text/json']) {
      expect(await withType(type)).toMatchObject({ status: 400, code: 'RF.10011033' })
    }
  })

  test('may arrive in base64, as binary bodies do', async () => {
    const body = { stack_name: 'web', description: 'Grüße, 堆栈' }
    const got = await received(CreateStack, requestWith(CreateStack, { body, base64: true }))
    expect(got.body).toEqual(body)
  })

  test('keeps null entries of lists out of sight of nothing: they are refused where they stand', async () => {
    const outcome = await ask(CreateStack, requestWith(CreateStack, { body: { agencies: [null] } }))
    expect(outcome).toMatchObject({
      code: 'RF.10011038',
      message: expect.stringContaining('agencies[0] must be an object.'),
    })
  })

  test('of an operation that takes none is not looked at', async () => {
    const outcome = await ask(DeleteStack, { ...requestWith(DeleteStack, {}), body: 'no JSON at all' })
    expect(outcome).toMatchObject({ accepted: true, status: 202 })
  })
})

describe('a template in a request', () => {
  const uri = 'https://b/m.tf'

  test('is given once: as text or by address', async () => {
    for (const operation of [CreateStack, DeployStack]) {
      const both = await ask(
        operation,
        requestWith(operation, { body: { template_body: 'locals {}', template_uri: uri } }),
      )
      expect(both).toMatchObject({ status: 400, code: 'RF.10011003' })
    }
  })

  test('is needed to deploy, and an empty text is none', async () => {
    for (const body of [{}, { template_body: '' }, { template_uri: '' }, { template_body: '', template_uri: '' }]) {
      const outcome = await ask(DeployStack, { ...requestWith(DeployStack, {}), body })
      expect(outcome).toMatchObject({ status: 400, code: 'RF.10011056' })
    }
    expect(await ask(CreateStack, requestWith(CreateStack, { body: { template_body: '' } }))).toMatchObject({
      accepted: true,
    })
  })

  test('beside an empty one of the other kind stands alone', async () => {
    for (const body of [
      { template_body: '', template_uri: uri },
      { template_body: 'locals {}', template_uri: '' },
    ]) {
      expect(await ask(DeployStack, { ...requestWith(DeployStack, {}), body })).toMatchObject({ accepted: true })
    }
  })
})

describe('a request with several faults', () => {
  test('is told all of them at once, each with its own code', async () => {
    const outcome = await ask(CreateStack, {
      path: { project_id: 'a_b' },
      headers: { 'Client-Request-Id': 'short' },
      query: { colour: 'red' },
      body: {
        stack_name: '1web',
        description: 'x'.repeat(1025),
        shape: 'round',
        enable_auto_rollback: 'yes',
        template_body: 'locals {}',
        template_uri: 'https://b/m.tf',
      },
    })
    expect(outcome).toMatchObject({ accepted: false, status: 400, code: 'RF.10011028' })
    const { message } = outcome as { message: string }
    expect(message).toMatch(/^Composite Validation Error\. /)
    const parts = message.match(/RF\.\d{8}: /g)
    expect(parts).toEqual(
      ['RF.10011016', 'RF.10011006', 'RF.10011002', 'RF.10011010', 'RF.10011005', 'RF.10011038', 'RF.10011002'].map(
        (code) => `${code}: `,
      ),
    )
    for (const name of ['project_id', 'Client-Request-Id', 'colour', 'stack_name', 'description', 'shape']) {
      expect(message).toContain(name)
    }
  })

  test('of which two are in one field is told the first of that field, and so has one fault', async () => {
    const outcome = await ask(CreateStack, requestWith(CreateStack, { body: { stack_name: `1${'x'.repeat(200)}` } }))
    expect(outcome).toMatchObject({ code: 'RF.10011005' })
  })

  test('is told of each unknown parameter', async () => {
    const outcome = await ask(ListStacks, requestWith(ListStacks, { query: { colour: 'red', shape: 'round' } }))
    expect(outcome).toMatchObject({ code: 'RF.10011028', message: expect.stringMatching(/colour .*shape /) })
  })

  test('is told of an unreadable body first, before its address or header are judged', async () => {
    const outcome = await ask(CreateStack, {
      path: { project_id: 'a_b' },
      headers: { 'Client-Request-Id': undefined },
      body: 'no JSON',
    })
    expect(outcome).toMatchObject({ status: 400, code: 'RF.10011033' })
  })

  test('is never answered with the value that was sent, which may be a secret', async () => {
    const body = { stack_name: 'web', vars_structure: [{ var_key: 'pass word', var_value: 'hunter2'.repeat(400) }] }
    const outcome = await ask(CreateStack, requestWith(CreateStack, { body }))
    expect(outcome).toMatchObject({ code: 'RF.10011028' })
    expect(outcome).toHaveProperty('message', expect.not.stringMatching(/hunter2|pass word/))
  })
})

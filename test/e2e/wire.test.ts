import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signWith } from '../../shared/auth/sign.ts'
import { operations } from '../../shared/contract/index.ts'
import { startTestCloud, type TestCloud, testKey } from '../support/cloud.ts'
import { project } from '../support/stack-actions.ts'

let cloud: TestCloud

beforeAll(async () => {
  cloud = await startTestCloud()
})
afterAll(() => cloud?.stop())

interface Sent {
  method?: string
  path?: string
  headers?: Record<string, string>
  body?: string
}

/** A signed request as raw as `fetch` allows, and what a client reads of the answer. */
async function send({ method = 'POST', path = `/v1/${project}/stacks`, headers, body }: Sent) {
  const usual = { 'Client-Request-Id': randomUUID(), 'Content-Type': 'application/json' }
  const response = await cloud.send({
    method,
    path,
    headers: { ...usual, ...headers },
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  const json = text ? JSON.parse(text) : undefined
  return { status: response.status, code: json?.error_code, message: json?.error_msg, headers: response.headers, json }
}

describe('bodies', () => {
  test.each<[string, Sent, number, string]>([
    ['no body', {}, 400, 'RF.10011032'],
    ['a body that is not JSON', { body: '{"stack_name": ' }, 400, 'RF.10011033'],
    ['a body of another type', { body: '{}', headers: { 'Content-Type': 'text/xml' } }, 400, 'RF.10011033'],
    ['an array', { body: '[]' }, 400, 'RF.10011038'],
    ['a missing name', { body: '{}' }, 400, 'RF.10011001'],
    ['an unknown field', { body: '{"stack_name":"a","colour":"red"}' }, 400, 'RF.10011002'],
    ['a wrong type', { body: '{"stack_name":"a","enable_auto_rollback":"yes"}' }, 400, 'RF.10011038'],
    ['a name with a blank', { body: '{"stack_name":"a b"}' }, 400, 'RF.10011010'],
    ['a name that is too long', { body: JSON.stringify({ stack_name: 'a'.repeat(129) }) }, 400, 'RF.10011005'],
    ['an empty name', { body: '{"stack_name":""}' }, 400, 'RF.10011006'],
    [
      'two templates',
      { body: '{"stack_name":"a","template_body":"x=1","template_uri":"https://x/a.tf"}' },
      400,
      'RF.10011003',
    ],
    ['a template that is prose', { body: '{"stack_name":"a","template_body":"hello there"}' }, 400, 'RF.10011073'],
    ['a template that is broken JSON', { body: '{"stack_name":"a","template_body":"{\\"a\\": "}' }, 400, 'RF.10011073'],
    [
      'variables that are prose',
      { body: '{"stack_name":"a","template_body":"locals {}","vars_body":"hello there"}' },
      400,
      'RF.10011051',
    ],
    [
      'a variable in both carriers',
      {
        body: '{"stack_name":"a","template_body":"locals {}","vars_body":"v = 1","vars_structure":[{"var_key":"v","var_value":"1"}]}',
      },
      400,
      'RF.10011093',
    ],
    ['two mistakes', { body: '{"stack_name":"a b","colour":1}' }, 400, 'RF.10011028'],
  ])('%s: %s', async (_, sent, status, code) => {
    const answer = await send(sent)
    expect(answer).toMatchObject({ status, code })
    expect(answer.message.length).toBeGreaterThan(20)
  })

  test('an explicit null is the same as absent', async () => {
    const body = JSON.stringify({ stack_name: 'nulls', description: null, template_body: null, agencies: null })
    expect((await send({ body })).status).toBe(201)
  })

  test('a GET with a body is answered as without', async () => {
    // fetch refuses to send one, so it is written by hand.
    const { connect } = await import('node:net')
    const { hostname, port, host } = new URL(cloud.baseUrl)
    const headers = { 'Client-Request-Id': randomUUID(), 'Content-Type': 'application/json' }
    const request = { method: 'GET', url: `${cloud.baseUrl}/v1/${project}/stacks`, headers, body: '{"a": 1}\n' }
    const lines = Object.entries({ ...headers, ...signWith(testKey)(request), Host: host, Connection: 'close' })
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(
          `GET /v1/${project}/stacks HTTP/1.1\r\n${lines.map((line) => `${line.join(': ')}\r\n`).join('')}` +
            `Content-Length: ${request.body.length}\r\n\r\n${request.body}`,
        )
      })
      let received = ''
      socket.setEncoding('utf8')
      socket.on('data', (chunk) => {
        received += chunk
      })
      socket.on('end', () => resolve(received))
      socket.on('error', reject)
    })
    expect(text).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('characters beyond ASCII survive, escaped or not', async () => {
    const description = 'Grüße 世界 🚀'
    expect((await send({ body: JSON.stringify({ stack_name: 'unicode', description }) })).status).toBe(201)
    const answer = await send({ method: 'GET', path: `/v1/${project}/stacks/unicode/metadata` })
    expect(answer.json.description).toBe(description)
  })
})

describe('headers', () => {
  test.each<[string, string | undefined, string]>([
    ['missing', undefined, 'RF.10011001'],
    ['too short', 'abc', 'RF.10011006'],
    ['too long', 'a'.repeat(129), 'RF.10011005'],
    ['with other characters', `${'a'.repeat(36)}_`, 'RF.10011008'],
  ])('a Client-Request-Id that is %s', async (_, value, code) => {
    const headers: Record<string, string> = value === undefined ? {} : { 'Client-Request-Id': value }
    const response = await cloud.send({ path: `/v1/${project}/stacks`, headers })
    expect(await response.json()).toMatchObject({ error_code: code })
    expect(response.status).toBe(400)
  })

  test('the ids come back', async () => {
    const id = randomUUID()
    const answer = await send({ method: 'GET', headers: { 'Client-Request-Id': id } })
    expect(answer.headers.get('client-request-id')).toBe(id)
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('addresses', () => {
  test.each<[string, Sent, number, string]>([
    ['an unknown route', { method: 'GET', path: '/v2/nothing' }, 404, 'APIGW.0101'],
    ['an unknown method', { method: 'PUT' }, 404, 'APIGW.0101'],
    ['an unknown query parameter', { method: 'GET', path: `/v1/${project}/stacks?colour=red` }, 400, 'RF.10011002'],
    ['a limit below 10', { method: 'GET', path: `/v1/${project}/stacks?limit=9` }, 400, 'RF.10011006'],
    ['a limit above 1000', { method: 'GET', path: `/v1/${project}/stacks?limit=1001` }, 400, 'RF.10011005'],
    ['a limit that is no number', { method: 'GET', path: `/v1/${project}/stacks?limit=ten` }, 400, 'RF.10011036'],
    ['a marker from elsewhere', { method: 'GET', path: `/v1/${project}/stacks?marker=abc` }, 400, 'RF.10011038'],
    ['a project id with other characters', { method: 'GET', path: '/v1/a_b_c/stacks' }, 400, 'RF.10011016'],
    [
      'a stack name that begins with a digit',
      { method: 'GET', path: `/v1/${project}/stacks/1a/metadata` },
      400,
      'RF.10011010',
    ],
    [
      'a stack id of the wrong length',
      { method: 'GET', path: `/v1/${project}/stacks/a/metadata?stack_id=abc` },
      400,
      'RF.10011006',
    ],
  ])('%s', async (_, sent, status, code) => {
    expect(await send(sent)).toMatchObject({ status, code })
  })

  test('a body over the gateway limit is refused in the same shape', async () => {
    const body = JSON.stringify({ stack_name: 'big', description: 'x'.repeat(10_500_000) })
    expect(await send({ body })).toMatchObject({ status: 413, code: 'APIGW.0201' })
  })
})

test('the OpenAPI document lists every operation', async () => {
  const response = await fetch(`${cloud.baseUrl}/openapi.json`)
  const document = (await response.json()) as { openapi: string; paths: Record<string, Record<string, unknown>> }
  expect(document.openapi).toBe('3.1.0')
  const declared = operations.filter(({ method }) => method !== 'ANY')
  expect(Object.values(document.paths).flatMap((methods) => Object.keys(methods))).toHaveLength(declared.length)
})

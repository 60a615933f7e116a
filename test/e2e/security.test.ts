/** Who gets in, over HTTP: every operation as a stranger, without a signature, and with each role. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { GivenAccessKey } from '../../shared/auth/access-keys.ts'
import { isAllowed, systemPolicies, systemPolicyNames } from '../../shared/auth/policies.ts'
import { signWith } from '../../shared/auth/sign.ts'
import { createClient } from '../../shared/contract/client.ts'
import { operations } from '../../shared/contract/index.ts'
import type { Operation } from '../../shared/contract/operation.ts'
import { startTestCloud, type TestCloud, testKey } from '../support/cloud.ts'
import { signIndependently } from '../support/independent-signer.ts'
import { project, stackActions } from '../support/stack-actions.ts'
import { many } from '../support/templates.ts'

const stranger = {
  accessKey: 'AKSTRANGER',
  secretKey: 'their-own-secret',
  project: 'another-project',
  role: 'full',
} as const
const roleKeys = systemPolicyNames.map(
  (role) => ({ accessKey: `AK${role}`, secretKey: `secret of ${role}`, project, role }) as const,
)
const denied = {
  accessKey: 'AKDENIED',
  secretKey: 's',
  project,
  role: 'full',
  policy: { deny: ['rf:stack:deploy*'] },
} satisfies GivenAccessKey
const secret = 'planted-in-the-description'
const developmentToken = { project, token: 'token-of-this-machine' }

let cloud: TestCloud
beforeAll(async () => {
  const accessKeys = [stranger, denied, ...roleKeys]
  cloud = await startTestCloud({
    accessKeys,
    developmentToken,
    parameters: { StacksInCreation: '2', PlansInCreation: '1' },
  })
  await cloud.created('web', many(2), 'DEPLOYMENT_COMPLETE', { description: secret })
})
afterAll(() => cloud?.stop())

const guarded = operations.filter(({ permission }) => permission !== undefined)
const named = guarded.map((operation) => [operation.operationId, operation] as const)

function pathOf(operation: Operation, inProject: string): string {
  const values: Record<string, string> = {
    project_id: inProject,
    stack_name: 'web',
    execution_plan_name: 'review',
    template_name: 'base',
    version_id: 'V1',
  }
  return operation.path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? name)
}

type Sign = (request: {
  method: string
  url: string
  headers: Record<string, string>
  body?: string
}) => Record<string, string>

/** A request that is refused for what it asks, at the latest: an empty object where a body is needed. */
async function send(operation: Operation, inProject: string, sign: Sign, query = '') {
  const url = `${cloud.baseUrl}${pathOf(operation, inProject)}${query}`
  const body = operation.request.body ? '{"no such field":1}' : undefined
  const headers = { 'Client-Request-Id': randomUUID(), 'Content-Type': 'application/json' }
  const request = { method: operation.method, url, headers, ...(body === undefined ? {} : { body }) }
  const response = await fetch(url, { ...request, redirect: 'manual', headers: { ...headers, ...sign(request) } })
  const text = await response.text()
  return { status: response.status, text, code: text ? JSON.parse(text).error_code : undefined, response }
}

/** Refusals in Heat's dialect carry no such code; their words are tested with the recorded cases. */
const codeOf = ({ dialect }: Operation, code: string) => (dialect === 'heat' ? {} : { code })

describe('a stranger', () => {
  test.each(named)('with a key of another project is refused %s, and learns nothing', async (_, operation) => {
    const mine = await send(operation, project, signWith(stranger))
    expect(mine).toMatchObject({ status: 403, ...codeOf(operation, 'RF.10012507') })
    expect(mine.text).not.toContain(secret)
    // The same answer as for a project that nobody has.
    const nobodys = await send(operation, 'nobodys-project', signWith(stranger))
    expect(nobodys).toMatchObject({ status: 403, text: mine.text })
  })

  test.each(named)('in a project of their own finds nothing of ours by %s', async (_, operation) => {
    const { status, text, response } = await send(operation, stranger.project, signWith(stranger))
    expect([200, 400, 404]).toContain(status)
    expect(text).not.toContain(secret)
    expect(response.headers.get('location')).toBeNull()
    // What is 200 is a list, and holds nothing.
    if (status === 200 && operation.dialect !== 'heat') expect(Object.values(JSON.parse(text))).toEqual([[]])
  })

  test('cannot get in by naming our project in a header', async () => {
    const sign = signWith(stranger)
    const answer = await send(operations[0]!, project, (request) => {
      const headers = { ...request.headers, 'X-Project-Id': project }
      return { 'X-Project-Id': project, ...sign({ ...request, headers }) }
    })
    expect(answer).toMatchObject({ status: 403 })
  })

  test("'s marker of a list leads nowhere else", async () => {
    const theirs = stackActions(createClient(cloud.baseUrl, { sign: signWith(stranger) }))
    const marker = Buffer.from(JSON.stringify({ pk: `PROJECT#${project}`, sk: 'STACK#web' })).toString('base64url')
    const path = { project_id: stranger.project }
    const answer = await theirs.call(operations.find(({ id }) => id === 'list-stacks')!, {
      path,
      query: { marker },
    } as never)
    expect(JSON.stringify(answer)).not.toContain(secret)
  })
})

describe('without a signature that holds', () => {
  const wrongSecret = signWith({ ...testKey, secretKey: 'another' })
  const unknownKey = signWith({ ...testKey, accessKey: 'AKNOBODY' })
  const old = signWith(testKey, () => new Date(Date.now() - 15 * 60_000 - 2000))
  const ways: Record<string, Sign> = {
    nothing: () => ({}),
    'a wrong secret': wrongSecret,
    'an unknown key': unknownKey,
    'an old date': old,
    'a token of nobody': () => ({ 'X-Auth-Token': 'hello' }),
    'an empty token': () => ({ 'X-Auth-Token': '' }),
    'another scheme': () => ({ Authorization: 'Bearer token-of-this-machine' }),
    'a signature of another request': (request) =>
      signWith(testKey)({ ...request, method: request.method === 'PUT' ? 'POST' : 'PUT' }),
  }

  test.each(named)('%s answers 401', async (_, operation) => {
    for (const [way, sign] of Object.entries(ways)) {
      const answer = await send(operation, project, sign)
      expect(answer, way).toMatchObject({ status: 401, ...codeOf(operation, 'RF.10012001') })
      expect(answer.text).not.toContain(secret)
    }
  })

  test('nobody learns which keys exist', async () => {
    const [one, other] = [await send(guarded[0]!, project, wrongSecret), await send(guarded[0]!, project, unknownKey)]
    expect(one.text).toBe(other.text)
  })

  test('the description of the service is open', async () => {
    expect((await fetch(`${cloud.baseUrl}/openapi.json`)).status).toBe(200)
  })
})

describe('an address that is none', () => {
  const none: [string, string][] = [
    ['GET', `/v1/${project}/nothing`],
    ['GET', `/v1/${project}/stacks/web/nothing`],
    ['GET', `/v1/${project}/software_configs/a/b`],
    ['PUT', `/v1/${project}/stacks`],
    ['PATCH', `/v1/${project}/software_configs`],
    ['OPTIONS', `/v1/${project}/software_deployments`],
    ['GET', `/v1/${project}/build_info`],
  ]

  test.each(none)(
    '%s %s is told only to callers who are known, in the words of the addresses around',
    async (method, path) => {
      const url = `${cloud.baseUrl}${path}`
      const unsigned = await fetch(url, { method })
      expect(unsigned.status).toBe(401)
      const answer = await unsigned.json()
      if (path.includes('/stacks')) expect(answer).toMatchObject({ error_code: 'RF.10012001' })
      else expect(answer).toMatchObject({ error: { code: 401, title: 'Unauthorized' } })
      const signed = await fetch(url, { method, headers: signWith(stranger)({ method, url, headers: {} }) })
      const expected = { PATCH: 405, OPTIONS: 204 }[method] ?? (path.endsWith('build_info') ? 200 : 404)
      expect(signed.status).toBe(expected)
      if (expected === 404) expect(await signed.json()).toMatchObject({ error_code: 'APIGW.0101' })
    },
  )
})

describe('a caller of the project', () => {
  test.each(named)('may %s if the role allows it, and is told the action if not', async (_, operation) => {
    for (const key of roleKeys) {
      // With a parameter that none has, so that what is allowed changes nothing.
      const answer = await send(operation, project, signWith(key), '?colour=red')
      const { permission = '' } = operation
      if (isAllowed([systemPolicies[key.role]], permission)) {
        // Heat drops queries that it does not know.
        if (operation.dialect === 'heat') expect([401, 403], key.role).not.toContain(answer.status)
        else expect(answer.status, key.role).toBe(400)
      } else {
        expect(answer, key.role).toMatchObject({ status: 403, ...codeOf(operation, 'RF.10012507') })
        expect(answer.text).toContain(operation.dialect === 'heat' ? 'You are not authorized to use' : permission)
      }
    }
  })

  test('whom a policy denies deployments may create a stack, and not deploy with it', async () => {
    const theirs = stackActions(createClient(cloud.baseUrl, { sign: signWith(denied) }))
    expect((await theirs.create('without-template')).status).toBe(201)
    const refused = {
      status: 403,
      error: { error_code: 'RF.10012507', error_msg: expect.stringContaining('rf:stack:deployStack') },
    }
    expect(await theirs.create('with-template', { template_body: many(1) })).toMatchObject(refused)
    expect(await theirs.deploy('without-template', many(1))).toMatchObject(refused)
  })

  test('may come with the token of this machine', async () => {
    const answer = await send(guarded[0]!, project, () => ({ 'X-Auth-Token': developmentToken.token }))
    expect([200, 400]).toContain(answer.status)
    const elsewhere = await send(guarded[0]!, 'another-project', () => ({ 'X-Auth-Token': developmentToken.token }))
    expect(elsewhere).toMatchObject({ status: 403, code: 'RF.10012507' })
  })

  test('is in the log of their request, and no secret or token is', async () => {
    // Lines of a function arrive shortly after its answer.
    await sleep(200)
    const lines = cloud.logs.join('\n')
    expect(lines).toContain(`"caller":"${testKey.accessKey}"`)
    for (const text of [testKey.secretKey, stranger.secretKey, developmentToken.token, secret, 'Signature=']) {
      expect(lines).not.toContain(text)
    }
  })
})

describe('a signature made by other hands', () => {
  const sent = async (
    path: string,
    query: [string, string][],
    given: { method?: string; body?: string; headers?: object } = {},
  ) => {
    const { method = 'GET', body, headers = {} } = given
    // The HTTP library adds the host by itself.
    const host = { Host: new URL(cloud.baseUrl).host }
    const all = { 'Client-Request-Id': randomUUID(), 'Content-Type': 'application/json', ...host, ...headers }
    const { Host: _, ...signed } = signIndependently(
      { method, path, query, headers: all, ...(body === undefined ? {} : { body }) },
      testKey.accessKey,
      testKey.secretKey,
      new Date(),
    )
    const text = query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
    return fetch(`${cloud.baseUrl}${path}${text ? `?${text}` : ''}`, {
      method,
      headers: signed,
      ...(body ? { body } : {}),
    })
  }

  test('is accepted: a list, a filter, a command, text beyond ASCII', async () => {
    const base = `/v1/${project}/stacks`
    expect((await sent(base, [])).status).toBe(200)
    const filter: [string, string][] = [
      ['filter', "resource_name==it's (a) *"],
      ['field', 'resource_name,timestamp'],
    ]
    // Past the guard, and refused for what it says.
    expect((await sent(`${base}/web/events`, filter)).status).toBe(400)
    const body = '{"stack_name": "by-hand", "description": "Gr\\u00fc\\u00dfe 世界"}\n'
    expect((await sent(base, [], { method: 'POST', body })).status).toBe(201)
    expect((await sent(base, [], { headers: { 'X-Language': 'en-us ' } })).status).toBe(200)
  })
})

describe('limits', () => {
  test('as many stacks are deployed for the first time as may be at once, and later ones after them', async () => {
    const slow = 'resource "terraform_data" "slow" {\n  provisioner "local-exec" {\n    command = "sleep 4"\n  }\n}\n'
    const names = Array.from({ length: 6 }, (_, at) => `slow-${at}`)
    const answers = await Promise.all(names.map((name) => cloud.create(name, { template_body: slow })))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(2)
    for (const answer of answers) {
      if (!answer.ok) expect(answer).toMatchObject({ status: 403, error: { error_code: 'RF.10012540' } })
    }
    // Without a template there is nothing to wait for.
    expect((await cloud.create('no-template')).status).toBe(201)
    await Promise.all(names.map((name, at) => (answers[at]?.ok ? cloud.settled(name) : undefined)))
    expect((await cloud.create('afterwards', { template_body: many(1) })).status).toBe(201)
    await cloud.settled('afterwards')
  })

  test('a project that sends too many commands is told when to come back, and can still read', async () => {
    const other = await startTestCloud({
      accessKeys: [stranger],
      parameters: { CommandsPerMinute: '5', MaxRequestBytes: '1000' },
    })
    try {
      // A minute that ends soon would begin anew during the test.
      const left = 60_000 - (Date.now() % 60_000)
      if (left < 10_000) await sleep(left + 100)
      const answers = await Promise.all(Array.from({ length: 9 }, (_, at) => other.create(`stack-${at}`)))
      expect(answers.filter(({ ok }) => ok)).toHaveLength(5)
      const refused = answers.filter(({ ok }) => !ok)
      for (const answer of refused) {
        expect(answer).toMatchObject({ status: 429, error: { error_code: 'RF.10014001' } })
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
        expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(60)
      }
      expect(await other.list()).toHaveLength(5)
      const theirs = stackActions(createClient(other.baseUrl, { sign: signWith(stranger) }))
      const path = { project_id: stranger.project }
      const create = operations.find(({ id }) => id === 'create-stack')!
      expect(await theirs.call(create, { path, body: { stack_name: 'theirs' } } as never)).toMatchObject({
        status: 201,
      })
      const large = { stack_name: 'large', description: 'x'.repeat(1000) }
      expect(await theirs.call(create, { path, body: large } as never)).toMatchObject({
        status: 400,
        error: { error_code: 'RF.10011005' },
      })
    } finally {
      await other.stop()
    }
  })
})

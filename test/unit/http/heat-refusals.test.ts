/** Refusals of the operations in Heat's dialect: what the guard refuses comes in Heat's words as well. */
import { describe, expect, test } from 'vitest'
import type { Authenticator } from '../../../shared/auth/authenticate.ts'
import { createGuard, type Guard } from '../../../shared/auth/guard.ts'
import { systemPolicies } from '../../../shared/auth/policies.ts'
import { type ErrorName, RfsError } from '../../../shared/contract/errors.ts'
import { HeatError } from '../../../shared/contract/heat-errors.ts'
import { CreateSoftwareConfig } from '../../../shared/contract/software-configs.ts'
import { serve } from '../../../shared/http/serve.ts'
import { captureLog } from '../../support/captured-log.ts'
import { anybody, openToAll } from '../../support/open-guard.ts'
import { type GivenRequest, projectId, proxyEvent, requestId } from '../../support/proxy-event.ts'

const log = captureLog()
const malformed = 'The server could not comply with the request since it is either malformed or otherwise incorrect.'
const smallest: GivenRequest = { path: { project_id: projectId }, body: {} }

/** Asks for a config behind a guard; the handler is never reached. */
async function refused(guard: Partial<Guard>, request: GivenRequest = smallest) {
  const unreachable = () => Promise.reject(new Error('the handler was called'))
  const handler = serve(CreateSoftwareConfig, {}, unreachable, () => ({ ...openToAll(), ...guard }))
  const { statusCode, headers = {}, body } = await handler(proxyEvent(CreateSoftwareConfig, request), {})
  return { status: statusCode, headers, body: JSON.parse(body) as object }
}

/** A guard that throws at one of its steps. */
const throwing = (step: keyof Guard, error: unknown): Partial<Guard> => ({
  [step]: step === 'authorize' ? () => raise(error) : async () => raise(error),
})
function raise(error: unknown): never {
  throw error
}

const inHeatsShape = (code: number, title: string, explanation: string, error: object) => ({
  code,
  title,
  explanation,
  error: { traceback: null, ...error },
})

describe('what the guard refuses', () => {
  test('is 401 in the shape of the filter that stands before Heat, for whoever is not known', async () => {
    const answer = await refused(throwing('identify', new RfsError('Unauthenticated', 'The token has expired.')))
    expect(answer).toMatchObject({ status: 401, headers: { 'WWW-Authenticate': 'Keystone' } })
    const message = 'The request you have made requires authentication.'
    expect(answer.body).toEqual({ error: { code: 401, message, title: 'Unauthorized' } })
  })

  const denied = 'Access was denied to this resource.'
  test.each<[string, keyof Guard, RfsError, object]>([
    [
      'another project',
      'authorize',
      new RfsError('OtherProject', 'The project in the path is not one of yours.'),
      inHeatsShape(403, 'Forbidden', denied, { type: 'HTTPForbidden', message: denied }),
    ],
    [
      "an action that the caller's role does not allow",
      'authorize',
      new RfsError('NotPermitted', 'The action rf:softwareConfig:create is not allowed to you.'),
      inHeatsShape(403, 'Forbidden', denied, {
        type: 'Forbidden',
        message: 'You are not authorized to use software_configs:create.',
      }),
    ],
    [
      'a body that is too large',
      'identify',
      new RfsError('TooLong', 'The request body has 3 bytes, it must have at most 2.'),
      inHeatsShape(400, 'Bad Request', malformed, {
        type: 'RequestLimitExceeded',
        message: 'Request limit exceeded: The request body has 3 bytes, it must have at most 2.',
      }),
    ],
    [
      'more commands than a minute may have',
      'count',
      new RfsError('TooManyRequests', 'A project may send 5 commands in a minute.', { retryAfterSeconds: 17 }),
      inHeatsShape(429, 'Too Many Requests', 'The server has received too many requests; try again later.', {
        type: 'TooManyRequests',
        message: 'A project may send 5 commands in a minute.',
      }),
    ],
  ])('for %s has the status, the type and the words of Heat', async (_, step, error, body) => {
    const answer = await refused(throwing(step, error))
    expect(answer.body).toEqual(body)
    expect(answer.status).toBe((body as { code: number }).code)
    expect(answer.headers['Retry-After']).toBe(error.retryAfterSeconds?.toString())
    expect(answer.headers['X-Openstack-Request-Id']).toBe(`req-${requestId}`)
    expect(log.entries()).toEqual([expect.objectContaining({ level: 'INFO', serverErrors: 0 })])
  })

  test.each<ErrorName>(['StackNotFound', 'Internal'])(
    'for a reason that Heat does not have (%s) is a failure: nothing of it is told, all of it is logged',
    async (name) => {
      const answer = await refused(throwing('identify', new RfsError(name, 'the table is rfs-prod')))
      expect(answer).toMatchObject({ status: 500, body: { code: 500, error: { type: 'RemoteError' } } })
      expect(JSON.stringify(answer)).not.toContain('rfs-prod')
      expect(log.entries()[0]).toMatchObject({ level: 'ERROR', errorMessage: 'the table is rfs-prod' })
    },
  )
})

describe('the sizes that a body may have', () => {
  const authenticator: Authenticator = { authenticate: async () => anybody }
  const sized = (bytes: number) => `{"name":"${'n'.repeat(bytes - 11)}"}`
  const guardWith = (maxRequestBytes: number) =>
    createGuard({
      authenticator,
      rate: { count: async () => undefined },
      clock: { now: () => new Date() },
      maxRequestBytes,
    })

  test.each([
    [
      "Heat's own",
      2_097_152,
      1_048_577,
      'JSON body size (1048577 bytes) exceeds maximum allowed size (1048576 bytes).',
    ],
    [
      "the operator's, where that is smaller",
      1000,
      1001,
      'The request body has 1001 bytes, it must have at most 1000.',
    ],
    [
      "the operator's, beyond Heat's",
      2_097_152,
      2_097_153,
      'The request body has 2097153 bytes, it must have at most 2097152.',
    ],
  ])('end at %s, with both numbers in the message', async (_, limit, bytes, message) => {
    const answer = await refused(guardWith(limit), { ...smallest, body: sized(bytes) })
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { type: 'RequestLimitExceeded', message: `Request limit exceeded: ${message}` } },
    })
  })
})

describe('the order of refusals', () => {
  const stranger = { ...anybody, projects: ['another-project'] }
  const server = { ...anybody, policies: [systemPolicies.server] }
  const guardFor = (caller: typeof anybody) =>
    createGuard({
      authenticator: { authenticate: async () => caller },
      rate: { count: async () => raise(new RfsError('TooManyRequests')) },
      clock: { now: () => new Date() },
      maxRequestBytes: 1000,
    })

  test.each([
    ['a body that is no JSON, before whose project it is', stranger, '{', 'HTTPBadRequest'],
    ['whose project it is, before what the role allows', { ...stranger, policies: [] }, {}, 'HTTPForbidden'],
    ['what the role allows, before a body that is missing', server, undefined, 'Forbidden'],
    ['a field that is too long, before the commands of the minute', anybody, { name: 'n'.repeat(256) }, 'Invalid'],
    ['the commands of the minute, before anything is done', anybody, {}, 'TooManyRequests'],
  ])('%s', async (_, caller, body, type) => {
    const request = body === undefined ? { path: smallest.path ?? {} } : { ...smallest, body }
    expect((await refused(guardFor(caller), request)).body).toMatchObject({ error: { type } })
  })
})

test('a handler refuses by name, and what it did not mean to throw is a failure without a word', async () => {
  const answering = async (error: unknown) => {
    const handler = serve(CreateSoftwareConfig, {}, () => Promise.reject(error), openToAll)
    return JSON.parse((await handler(proxyEvent(CreateSoftwareConfig, smallest), {})).body) as object
  }
  expect(await answering(new HeatError('ItemInvalid', 'never shown'))).toEqual(
    inHeatsShape(400, 'Bad Request', malformed, { type: 'ValueError' }),
  )
  const { explanation, ...failure } = (await answering(new Error('secret'))) as { explanation: string }
  expect(failure).toEqual({
    code: 500,
    title: 'Internal Server Error',
    error: { type: 'RemoteError', traceback: null },
  })
  expect(explanation).not.toContain('secret')
})

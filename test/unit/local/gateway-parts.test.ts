import { describe, expect, test } from 'vitest'
import type { Route } from '../../../infra/local/api-model.ts'
import { createGatewayResponder } from '../../../infra/local/gateway-responses.ts'
import type { GatewayRequest } from '../../../infra/local/proxy-event.ts'
import { buildProxyEvent } from '../../../infra/local/proxy-event.ts'
import { readProxyResponse } from '../../../infra/local/proxy-response.ts'
import { createRouteMatcher } from '../../../infra/local/route-matching.ts'
import { createThrottle } from '../../../infra/local/token-bucket.ts'

const route = (method: string, resourcePath: string): Route => {
  return { method, resourcePath, resourceId: `id:${resourcePath}`, functionName: 'f', timeoutMs: 29_000 }
}

describe('route matching', () => {
  const match = createRouteMatcher([
    route('GET', '/'),
    route('GET', '/v1/{project_id}/stacks'),
    route('POST', '/v1/{project_id}/stacks'),
    route('GET', '/v1/{project_id}/stacks/{stack_name}'),
    route('GET', '/v1/{project_id}/stacks/special'),
    route('GET', '/v1/{project_id}/stacks/{stack_name}/events'),
    route('ANY', '/files/{proxy+}'),
    route('GET', '/files/known'),
  ])

  test.each([
    ['GET', '/', '/', undefined],
    ['GET', '/v1/p/stacks', '/v1/{project_id}/stacks', { project_id: 'p' }],
    ['GET', '/v1/p/stacks/', '/v1/{project_id}/stacks', { project_id: 'p' }],
    ['GET', '/v1/p/stacks/special', '/v1/{project_id}/stacks/special', { project_id: 'p' }],
    [
      'GET',
      '/v1/p/stacks/special/events',
      '/v1/{project_id}/stacks/{stack_name}/events',
      { project_id: 'p', stack_name: 'special' },
    ],
    ['GET', '/v1/p/stacks/a%2Fb%20c', '/v1/{project_id}/stacks/{stack_name}', { project_id: 'p', stack_name: 'a/b c' }],
    ['PATCH', '/files/a/b/c', '/files/{proxy+}', { proxy: 'a/b/c' }],
    ['GET', '/files/known', '/files/known', undefined],
    ['PUT', '/files/known', '/files/{proxy+}', { proxy: 'known' }],
  ])('%s %s is %s', (method, path, resourcePath, pathParameters) => {
    const found = match(method, path)
    expect(found?.route.resourcePath).toBe(resourcePath)
    expect(found?.pathParameters).toEqual(pathParameters)
  })

  test.each([
    ['DELETE', '/v1/p/stacks'],
    ['HEAD', '/v1/p/stacks'],
    ['OPTIONS', '/v1/p/stacks'],
    ['GET', '/v1/p'],
    ['GET', '/v1//stacks'],
    ['GET', '/v2/p/stacks'],
    ['GET', '*'],
  ])('%s %s has no method', (method, path) => {
    expect(match(method, path)).toBeUndefined()
  })
})

describe('the proxy event', () => {
  const api = { id: 'api', stageName: 'test', accountId: '000000000000', binaryMediaTypes: ['image/*'], port: 80 }
  const request: GatewayRequest = {
    method: 'POST',
    target: '/v1/p/stacks?a=1&a=2&b=x%20y+z&empty&__proto__=q',
    rawHeaders: [
      'Host',
      'localhost:80',
      'X-Multi',
      'one',
      'X-Multi',
      'two',
      'Connection',
      'close',
      'user-agent',
      'tests',
    ],
    body: Buffer.from('grün'),
    sourceIp: '127.0.0.1',
    receivedAtMs: Date.UTC(2025, 10, 21, 8, 54, 1, 250),
    requestId: '00000000-0000-4000-8000-000000000000',
  }
  const match = { route: route('POST', '/v1/{project_id}/stacks'), pathParameters: { project_id: 'p' } }
  const event = buildProxyEvent(request, match, api)

  test('path, query and parameters', () => {
    expect(event).toMatchObject({
      resource: '/v1/{project_id}/stacks',
      path: '/v1/p/stacks',
      httpMethod: 'POST',
      pathParameters: { project_id: 'p' },
      stageVariables: null,
    })
    expect(JSON.parse(JSON.stringify(event.queryStringParameters ?? {}))).toEqual(
      JSON.parse('{"a":"2","b":"x y z","empty":"","__proto__":"q"}'),
    )
    expect(event.multiValueQueryStringParameters?.a).toEqual(['1', '2'])
  })

  test('headers keep their spelling, the last value and all values; hop-by-hop ones are dropped', () => {
    expect(event.headers).toMatchObject({ Host: 'localhost:80', 'X-Multi': 'two', 'X-Forwarded-For': '127.0.0.1' })
    expect(event.multiValueHeaders['X-Multi']).toEqual(['one', 'two'])
    expect(event.headers).not.toHaveProperty('Connection')
  })

  test('the request context', () => {
    expect(event.requestContext).toMatchObject({
      accountId: '000000000000',
      apiId: 'api',
      stage: 'test',
      httpMethod: 'POST',
      path: '/v1/p/stacks',
      resourcePath: '/v1/{project_id}/stacks',
      resourceId: 'id:/v1/{project_id}/stacks',
      domainName: 'localhost',
      protocol: 'HTTP/1.1',
      requestId: request.requestId,
      requestTime: '21/Nov/2025:08:54:01 +0000',
      requestTimeEpoch: request.receivedAtMs,
      identity: { sourceIp: '127.0.0.1', userAgent: 'tests' },
    })
  })

  test('a text body is text, a binary one Base64, none is null', () => {
    expect(event).toMatchObject({ body: 'grün', isBase64Encoded: false })
    const binary = { ...request, rawHeaders: ['Content-Type', 'image/png'], body: Buffer.from([0, 255]) }
    expect(buildProxyEvent(binary, match, api)).toMatchObject({ body: 'AP8=', isBase64Encoded: true })
    expect(buildProxyEvent({ ...binary, body: Buffer.alloc(0) }, match, api)).toMatchObject({
      body: null,
      isBase64Encoded: false,
    })
  })

  test('what is not there is null', () => {
    const bare = buildProxyEvent({ ...request, target: '/v1?' }, { ...match, pathParameters: undefined }, api)
    expect(bare).toMatchObject({
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
    })
  })
})

describe('the proxy response', () => {
  const read = (answer: unknown, accept?: string) =>
    readProxyResponse(Buffer.from(JSON.stringify(answer)), accept, ['image/*'])

  test('status, headers of both kinds and body', () => {
    const answer = {
      statusCode: 201,
      headers: { 'X-A': 1, 'X-B': 'single' },
      multiValueHeaders: { 'x-b': ['m1', 'm2'] },
      body: 'ok',
    }
    expect(read(answer)).toEqual({
      statusCode: 201,
      headers: [
        ['X-A', '1'],
        ['x-b', 'm1'],
        ['x-b', 'm2'],
        ['Content-Type', 'application/json'],
      ],
      body: Buffer.from('ok'),
    })
  })

  test('Base64 is decoded for binary media types only', () => {
    const answer = { statusCode: 200, body: 'AP8=', isBase64Encoded: true, headers: { 'Content-Type': 'image/png' } }
    expect(read(answer)?.body).toEqual(Buffer.from([0, 255]))
    expect(read({ ...answer, headers: {} })?.body.toString()).toBe('AP8=')
    expect(read({ ...answer, headers: {} }, 'image/png')?.body).toEqual(Buffer.from([0, 255]))
  })

  test.each([
    null,
    'text',
    {},
    { statusCode: 'ok' },
    { statusCode: 200, body: { a: 1 } },
    { statusCode: 200, extra: 1 },
  ])('%j is malformed', (answer) => {
    expect(read(answer)).toBeUndefined()
  })
})

describe('gateway responses', () => {
  const context = { requestId: 'r-1', httpMethod: 'GET', path: '/x' }
  const respond = createGatewayResponder([
    {
      responseType: 'THROTTLED',
      statusCode: 429,
      parameters: {
        'gatewayresponse.header.Retry-After': "'5'",
        'gatewayresponse.header.X-Request-Id': 'context.requestId',
      },
      templates: {
        'application/json': '{"m":$context.error.messageString,"i":"$context.requestId","u":"$context.unknown"}',
      },
    },
    {
      responseType: 'DEFAULT_5XX',
      statusCode: 500,
      parameters: {},
      templates: { 'application/json': '{"all":"5xx"}' },
    },
  ])

  test('the template of the type, its headers and its variables', () => {
    const { statusCode, headers, body } = respond('THROTTLED', context)
    expect(statusCode).toBe(429)
    expect(Object.fromEntries(headers)).toEqual({
      'Content-Type': 'application/json',
      'Retry-After': '5',
      'X-Request-Id': 'r-1',
    })
    expect(JSON.parse(body.toString())).toEqual({ m: 'Too Many Requests', i: 'r-1', u: '' })
  })

  test('the template of the class, then the gateway itself', () => {
    expect(respond('INTEGRATION_TIMEOUT', context)).toMatchObject({
      statusCode: 500,
      body: Buffer.from('{"all":"5xx"}'),
    })
    const own = respond('MISSING_AUTHENTICATION_TOKEN', context)
    expect(own.statusCode).toBe(403)
    expect(JSON.parse(own.body.toString())).toEqual({ message: 'Missing Authentication Token' })
  })
})

test('a method is throttled at its burst and recovers at its rate', () => {
  let nowMs = 0
  const passes = createThrottle([{ method: '*', resourcePath: '/*', ratePerSecond: 10, burst: 2 }], () => nowMs)
  expect([passes('GET', '/a'), passes('GET', '/a'), passes('GET', '/a')]).toEqual([true, true, false])
  expect(passes('GET', '/b')).toBe(true)
  nowMs = 99
  expect(passes('GET', '/a')).toBe(false)
  nowMs = 100
  expect([passes('GET', '/a'), passes('GET', '/a')]).toEqual([true, false])
})

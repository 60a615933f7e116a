/** The verifier against requests that the official clients made, as they are and as they reach a function. */
import { describe, expect, test } from 'vitest'
import { buildProxyEvent } from '../../../infra/local/proxy-event.ts'
import { signedRequestOf } from '../../../shared/auth/authenticate.ts'
import { type Claim, isFresh, readClaim, type SignedRequest, verifySignature } from '../../../shared/auth/signature.ts'
import vectors from './vectors.json' with { type: 'json' }

type Vector = (typeof vectors.vectors)[number]

const headersOf = (vector: Vector) => Object.entries<string | undefined>(vector.request.headers) as [string, string][]

const secrets = new Map(vectors.credentials.map(({ ak, sk }) => [ak, sk]))

const timeOf = (text: string) =>
  Date.parse(
    text.replace(/^(....)(..)(..T..)(..)(..)Z$/, (_, year, month, day, minute, second) => {
      return `${year}-${month}-${day}:${minute}:${second}Z`
    }),
  )

/** The request as the function gets it from the gateway of this machine. */
function asEvent(vector: Vector): SignedRequest {
  const { request } = vector
  const rawHeaders = headersOf(vector).flatMap(([name, value]) => [
    name,
    // What Node's HTTP server makes of the UTF-8 bytes on the wire.
    Buffer.from(value, 'utf8').toString('latin1'),
  ])
  const body = Buffer.from(request.body_utf8 ?? '')
  const { method, target } = request
  const given = { method, target, rawHeaders, body, sourceIp: '127.0.0.1', receivedAtMs: 0, requestId: 'r'.repeat(36) }
  const route = { resourcePath: '/{any}', resourceId: 'r', method, functionName: 'f', timeoutMs: 1 }
  const api = { id: 'a', stageName: 's', accountId: '0', binaryMediaTypes: [], port: 1 }
  return signedRequestOf(buildProxyEvent(given, { route, pathParameters: undefined } as never, api))
}

/** The request as its sender had it. */
function asSent(vector: Vector): SignedRequest {
  const { request } = vector
  const [path = '', query = ''] = request.target.split('?')
  const pairs = query === '' ? [] : query.split('&').map((pair) => pair.split('=', 2).map(decodeURIComponent))
  return {
    method: request.method,
    paths: [path],
    query: pairs.map(([name = '', value = '']) => [name, value] as const),
    headers: headersOf(vector),
    body: Buffer.from(request.body_utf8 ?? ''),
  }
}

function verdict(request: SignedRequest, now: string): 'accept' | 'reject' {
  const claim = readClaim(request)
  if (!claim || !isFresh(claim, timeOf(now))) return 'reject'
  const secret = secrets.get(claim.accessKey)
  return secret !== undefined && verifySignature(request, claim, secret).valid ? 'accept' : 'reject'
}

test('the vectors are 29 to accept and 18 to refuse', () => {
  const count = (expected: string) => vectors.vectors.filter(({ expect: is }) => is === expected).length
  expect([count('accept'), count('reject')]).toEqual([29, 18])
})

describe.each([
  ['as sent', asSent],
  ['as it reaches a function', asEvent],
] as const)('a request %s', (_, requestOf) => {
  test.each(vectors.vectors.map((vector) => [vector.expect, vector.id, vector] as const))(
    '%s %s',
    (expected, _id, vector) => {
      expect(verdict(requestOf(vector), vector.now)).toBe(expected)
    },
  )
})

describe('a signature', () => {
  const plain = vectors.vectors.find(({ id }) => id === 'post-json')!
  const claimOf = (request: SignedRequest) => readClaim(request) as Claim
  const secretOf = (request: SignedRequest) => secrets.get(claimOf(request).accessKey)!
  const withHeaders = (change: (headers: [string, string][]) => [string, string][]): SignedRequest => {
    const request = asSent(plain)
    return { ...request, headers: change(request.headers.map(([name, value]) => [name, value])) }
  }

  test.each(['authorization', 'x-sdk-date', 'host', 'content-type'])('is refused with a second %s', (name) => {
    const request = withHeaders((headers) => [...headers, headers.find(([each]) => each.toLowerCase() === name)!])
    expect(verdict(request, plain.now)).toBe('reject')
  })

  test('does not care for headers that nobody signed', () => {
    const request = withHeaders((headers) => [...headers, ['X-Forwarded-For', '10.0.0.1'], ['X-Domain-Id', 'other']])
    expect(verdict(request, plain.now)).toBe('accept')
  })

  test('is refused when its header lists no name, or breaks out of its form', () => {
    const claimed = (text: string) =>
      withHeaders((headers) => headers.map(([name, value]) => [name, name === 'Authorization' ? text : value]))
    const real = asSent(plain).headers.find(([name]) => name === 'Authorization')![1]
    expect(verdict(claimed(real), plain.now)).toBe('accept')
    for (const text of [
      '',
      'SDK-HMAC-SHA256',
      real.replace(/SignedHeaders=[^,]+/, 'SignedHeaders='),
      real.replace('Signature=', 'Signature=0'),
      real.toUpperCase(),
      `${real}, Access=OTHER`,
      `Basic ${Buffer.from('a:b').toString('base64')}`,
    ]) {
      expect(verdict(claimed(text), plain.now)).toBe('reject')
    }
  })

  test('of a body that it does not cover says so', () => {
    const unsigned = asSent(vectors.vectors.find(({ id }) => id === 'unsigned-payload')!)
    const covered = asSent(plain)
    expect(verifySignature(unsigned, claimOf(unsigned), secretOf(unsigned))).toEqual({
      valid: true,
      bodyIsCovered: false,
    })
    expect(verifySignature(covered, claimOf(covered), secretOf(covered))).toEqual({ valid: true, bodyIsCovered: true })
  })

  test('with a date that no calendar has is refused', () => {
    for (const date of ['20260230T030405Z', '2026-01-02T03:04:05Z', '20261302T030405Z', '', 'now']) {
      const request = withHeaders((headers) =>
        headers.map(([name, value]) => [name, name === 'X-Sdk-Date' ? date : value]),
      )
      expect(verdict(request, plain.now)).toBe('reject')
    }
  })

  test('covers the path that the client saw, also behind the stage of a gateway', () => {
    const request = asSent(plain)
    const [path = ''] = request.paths
    const behindStage: SignedRequest = { ...request, paths: [path, path.replace('/v1', '')] }
    expect(verdict(behindStage, plain.now)).toBe('accept')
    expect(verdict({ ...request, paths: [path.replace('/v1', '')] }, plain.now)).toBe('reject')
  })
})

/** Tokens of an issuer whose keys are served over HTTP, as the function fetches them. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { systemPolicies } from '../../../shared/auth/policies.ts'
import { developmentCaller, openTokens, readTokenSettings, type TokenSettings } from '../../../shared/auth/tokens.ts'
import { RfsError } from '../../../shared/contract/errors.ts'
import { noon, secondsLater } from '../../support/stack-records.ts'

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>

let server: Server
let own: KeyPair
let foreign: KeyPair
let fetches = 0
let settings: TokenSettings
beforeAll(async () => {
  own = await generateKeyPair('ES256')
  foreign = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }
  server = createServer((_request, response) => {
    fetches += 1
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: [jwk] }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  settings = {
    issuer: 'https://id.example',
    audience: 'rfs',
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    claims: { domain: 'account.id', project: 'project', roles: 'roles' },
    roles: { admin: 'full', viewer: 'read' },
  }
})
afterAll(() => server.close())
afterEach(() => vi.unstubAllEnvs())

const seconds = (date: Date) => date.getTime() / 1000

interface Given {
  readonly claims?: JWTPayload
  readonly signer?: KeyPair
  readonly kid?: string
  readonly expiresAt?: Date | undefined
}

function makeToken({ claims = {}, signer = own, kid = 'one', ...given }: Given = {}): Promise<string> {
  const usual = {
    iss: 'https://id.example',
    aud: 'rfs',
    sub: 'ada',
    account: { id: 'd1' },
    project: 'p1',
    roles: ['viewer'],
  }
  const expiresAt = 'expiresAt' in given ? given.expiresAt : secondsLater(600)
  const token = new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: 'ES256', kid })
  return (expiresAt ? token.setExpirationTime(seconds(expiresAt)) : token).sign(signer.privateKey)
}

const refused = expect.objectContaining({ errorName: 'Unauthenticated' })

describe('a token', () => {
  test('of the issuer says who calls, and the map of roles what they may do', async () => {
    expect(await openTokens(settings).verify(await makeToken(), noon)).toEqual({
      kind: 'token',
      id: 'ada',
      domainId: 'd1',
      projects: ['p1'],
      roles: ['viewer'],
      policies: [systemPolicies.read],
    })
  })

  test('may have several projects, and roles that are objects; roles that nobody mapped allow nothing', async () => {
    const claims = {
      project: ['p1', 'p2'],
      roles: [{ id: '7', name: 'admin' }, { name: 'heat_stack_user' }, 'toString'],
    }
    expect(await openTokens(settings).verify(await makeToken({ claims }), noon)).toMatchObject({
      projects: ['p1', 'p2'],
      roles: ['admin', 'heat_stack_user', 'toString'],
      policies: [systemPolicies.full],
    })
  })

  test('without a project or a role opens nothing', async () => {
    const claims = { project: undefined, roles: undefined, account: undefined } as unknown as JWTPayload
    const caller = await openTokens(settings).verify(await makeToken({ claims }), noon)
    expect(caller).toMatchObject({ projects: [], roles: [], policies: [] })
    expect(caller.domainId).toBeUndefined()
  })

  test.each<[string, () => Promise<string>]>([
    ['that has expired', () => makeToken({ expiresAt: secondsLater(-31) })],
    ['without an expiry', () => makeToken({ expiresAt: undefined })],
    ['that is not valid yet', () => makeToken({ claims: { nbf: seconds(secondsLater(60)) } })],
    ['of another issuer', () => makeToken({ claims: { iss: 'https://other.example' } })],
    ['for another audience', () => makeToken({ claims: { aud: 'other' } })],
    ['for no audience', () => makeToken({ claims: { aud: undefined } as unknown as JWTPayload })],
    ['signed by somebody else', () => makeToken({ signer: foreign })],
    ['signed with a key that is not published', () => makeToken({ kid: 'two' })],
    [
      'changed after signing',
      async () => (await makeToken()).replace(/\.[^.]+\./, `.${Buffer.from('{}').toString('base64url')}.`),
    ],
    ['that is not signed', async () => new UnsecuredJWT({ sub: 'ada' }).setIssuer('https://id.example').encode()],
    [
      'signed with the published key as a shared secret',
      async () =>
        new SignJWT({ sub: 'ada' })
          .setProtectedHeader({ alg: 'HS256', kid: 'one' })
          .setExpirationTime('1h')
          .sign(Buffer.from(JSON.stringify(await exportJWK(own.publicKey)))),
    ],
    ['that is no token', async () => 'hello'],
    ['that is nothing but dots', async () => '..'],
  ])('%s is refused', async (_, made) => {
    await expect(openTokens(settings).verify(await made(), noon)).rejects.toEqual(refused)
  })

  test('may be half a minute past its time, as clocks differ', async () => {
    const token = await makeToken({ expiresAt: secondsLater(-29) })
    expect(await openTokens(settings).verify(token, noon)).toMatchObject({ id: 'ada' })
  })
})

test('the keys are fetched once for many tokens', async () => {
  const tokens = openTokens(settings)
  fetches = 0
  for (let at = 0; at < 5; at += 1) await tokens.verify(await makeToken(), noon)
  expect(fetches).toBe(1)
})

test('keys that are out of reach are a failure of the service, not of the token', async () => {
  const broken = createServer((_request, response) => response.writeHead(503).end('later'))
  broken.listen(0, '127.0.0.1')
  await once(broken, 'listening')
  const port = (broken.address() as AddressInfo).port
  for (const jwksUrl of ['http://127.0.0.1:1/jwks', `http://127.0.0.1:${port}/jwks`]) {
    const failure = openTokens({ ...settings, jwksUrl }).verify(await makeToken(), noon)
    await expect(failure).rejects.toThrow('the token could not be checked')
    await expect(failure).rejects.not.toBeInstanceOf(RfsError)
  }
  broken.close()
})

describe('the settings', () => {
  const stub = (given: Record<string, string>) => {
    const usual = {
      TOKEN_ISSUER: 'https://id.example',
      TOKEN_AUDIENCE: 'rfs',
      TOKEN_JWKS_URL: 'https://id.example/jwks',
      TOKEN_CLAIMS: 'domain=domain_id,project=project.id,roles=roles',
      TOKEN_ROLES: 'admin=full, viewer = read',
    }
    for (const [name, value] of Object.entries({ ...usual, ...given })) vi.stubEnv(name, value)
  }

  test('are read from the environment', () => {
    stub({})
    expect(readTokenSettings()).toEqual({
      issuer: 'https://id.example',
      audience: 'rfs',
      jwksUrl: 'https://id.example/jwks',
      claims: { domain: 'domain_id', project: 'project.id', roles: 'roles' },
      roles: { admin: 'full', viewer: 'read' },
    })
  })

  test.each(['TOKEN_ISSUER', 'TOKEN_AUDIENCE', 'TOKEN_JWKS_URL'])('accept no token without %s', (name) => {
    stub({ [name]: '' })
    expect(readTokenSettings()).toBeUndefined()
  })

  test('that are half a mapping are an error', () => {
    stub({ TOKEN_CLAIMS: 'project=p,roles=r' })
    expect(readTokenSettings).toThrow('TOKEN_CLAIMS')
    stub({ TOKEN_ROLES: 'admin=root' })
    expect(readTokenSettings).toThrow('TOKEN_ROLES')
  })
})

test('there is a development token only where the environment has one', () => {
  vi.stubEnv('RFS_DEVELOPMENT_TOKEN', undefined)
  expect(developmentCaller()).toBeUndefined()
  vi.stubEnv('RFS_DEVELOPMENT_TOKEN', 'p1:secret:with:colons')
  expect(developmentCaller()).toMatchObject({
    token: 'secret:with:colons',
    caller: { projects: ['p1'], roles: ['full'] },
  })
  vi.stubEnv('RFS_DEVELOPMENT_TOKEN', 'p1:')
  expect(developmentCaller()).toBeUndefined()
})

/** A request -> who sent it. Of the two schemes a signature goes first; everything else is 401 in one sentence. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import type { Clock } from '../aws/clock.ts'
import { RfsError } from '../contract/errors.ts'
import type { AccessKeys, ActiveAccessKey } from './access-keys.ts'
import type { Caller } from './caller.ts'
import { systemPolicies } from './policies.ts'
import { isFresh, type Pairs, readClaim, type SignedRequest, verifySignature } from './signature.ts'
import type { Tokens } from './tokens.ts'

export interface Authenticator {
  /**
   * @param readsBody whether the operation acts on the request's body, which a signature must then cover
   * @throws RfsError `Unauthenticated`
   */
  authenticate(event: APIGatewayProxyEvent, readsBody: boolean): Promise<Caller>
}

export interface AuthenticatorParts {
  readonly accessKeys: AccessKeys
  /** Absent: no issuer is configured, and no token is accepted. */
  readonly tokens?: Tokens | undefined
  readonly development?: { readonly token: string; readonly caller: Caller } | undefined
  readonly clock: Clock
}

function pairs(values: APIGatewayProxyEvent['multiValueHeaders'] | null): Pairs {
  return Object.entries(values ?? {}).flatMap(([name, several]) =>
    (several ?? []).map((value) => [name, value] as const),
  )
}

/** The request as its sender signed it: under a stage or a domain's base path the client's path is the context's. */
export function signedRequestOf(event: APIGatewayProxyEvent): SignedRequest {
  return {
    method: event.httpMethod,
    paths: [...new Set([event.requestContext.path, event.path])],
    query: pairs(event.multiValueQueryStringParameters as APIGatewayProxyEvent['multiValueHeaders'] | null),
    headers: pairs(event.multiValueHeaders),
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
  }
}

function callerOf({ accessKey, project, domainId, role, policy }: ActiveAccessKey): Caller {
  return {
    kind: 'access-key',
    id: accessKey,
    domainId,
    projects: [project],
    roles: role ? [role] : [],
    policies: [...(role ? [systemPolicies[role]] : []), ...(policy ? [policy] : [])],
  }
}

/** The same for a wrong signature and an unknown or revoked key, so that nobody learns which keys exist. */
const notValid = 'The access key is unknown, or the signature does not fit the request.'

async function bySignature(
  { accessKeys, clock }: AuthenticatorParts,
  request: SignedRequest,
  readsBody: boolean,
): Promise<Caller> {
  const claim = readClaim(request)
  if (!claim) {
    throw new RfsError('Unauthenticated', 'Sign with SDK-HMAC-SHA256: the headers Authorization and X-Sdk-Date.')
  }
  if (!isFresh(claim, clock.now().getTime())) {
    throw new RfsError('Unauthenticated', "X-Sdk-Date is more than 15 minutes away from the service's clock.")
  }
  const key = await accessKeys.find(claim.accessKey)
  // Also without a key, so that an answer takes as long.
  const verdict = verifySignature(request, claim, key?.secretKey ?? claim.signature)
  if (!key || !verdict.valid) throw new RfsError('Unauthenticated', notValid)
  if (readsBody && !verdict.bodyIsCovered) throw new RfsError('Unauthenticated', 'The signature must cover the body.')
  return callerOf(key)
}

const digest = (text: string) => createHash('sha256').update(text).digest()

async function byToken({ tokens, development, clock }: AuthenticatorParts, token: string): Promise<Caller> {
  if (development && timingSafeEqual(digest(token), digest(development.token))) return development.caller
  if (!tokens) throw new RfsError('Unauthenticated', 'Tokens are not accepted here; sign the request.')
  return tokens.verify(token, clock.now())
}

export function createAuthenticator(parts: AuthenticatorParts): Authenticator {
  return {
    authenticate: async (event, readsBody) => {
      const request = signedRequestOf(event)
      const named = (wanted: string) => request.headers.find(([name]) => name.toLowerCase() === wanted)?.[1]
      if (named('authorization') !== undefined) return bySignature(parts, request, readsBody)
      const token = named('x-auth-token')
      if (token !== undefined && token !== '') return byToken(parts, token)
      throw new RfsError('Unauthenticated', 'Sign the request, or send a token in X-Auth-Token.')
    },
  }
}

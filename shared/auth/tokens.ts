/**
 * Tokens (`X-Auth-Token`): JSON web tokens of one configured issuer, checked with its published keys. Which claim holds the
 * domain, the project and the roles is the operator's to say, and so is what each of the issuer's roles may do here.
 */
import type { JWTPayload, JWTVerifyGetKey } from 'jose'
import { developmentToken, readEnvironment } from '../aws/environment.ts'
import { RfsError } from '../contract/errors.ts'
import type { Caller } from './caller.ts'
import { isSystemPolicy, type SystemPolicyName, systemPolicies } from './policies.ts'

export interface TokenSettings {
  readonly issuer: string
  readonly audience: string
  readonly jwksUrl: string
  /** Claims by dotted path. */
  readonly claims: { readonly domain: string; readonly project: string; readonly roles: string }
  readonly roles: Readonly<Record<string, SystemPolicyName>>
}

export interface Tokens {
  /**
   * @throws RfsError `Unauthenticated` when the token is not to be believed; another error when that cannot be found out,
   * because the issuer's keys are out of reach
   */
  verify(token: string, now: Date): Promise<Caller>
}

/** `a=b,c=d` */
function readPairs(text: string): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '')
  return Object.fromEntries(pairs.map((pair) => pair.split('=', 2).map((part) => part.trim())))
}

/**
 * What the function's environment says of tokens; undefined when no issuer is configured.
 * @throws Error when the mapping of claims or roles is incomplete
 */
export function readTokenSettings(): TokenSettings | undefined {
  const given = readEnvironment('TOKEN_ISSUER', 'TOKEN_AUDIENCE', 'TOKEN_JWKS_URL', 'TOKEN_CLAIMS', 'TOKEN_ROLES')
  const { TOKEN_ISSUER: issuer, TOKEN_AUDIENCE: audience, TOKEN_JWKS_URL: jwksUrl } = given
  if (issuer === '' || audience === '' || jwksUrl === '') return undefined
  const { domain, project, roles } = readPairs(given.TOKEN_CLAIMS)
  if (!domain || !project || !roles) throw new Error('TOKEN_CLAIMS must name the claims domain, project and roles')
  const mapped = Object.entries(readPairs(given.TOKEN_ROLES)).map(([role, policy]) => {
    if (!isSystemPolicy(policy)) throw new Error(`TOKEN_ROLES: ${role} must be full, plan, read or server`)
    return [role, policy] as const
  })
  return { issuer, audience, jwksUrl, claims: { domain, project, roles }, roles: Object.fromEntries(mapped) }
}

function claimAt(payload: JWTPayload, path: string): unknown {
  let value: unknown = payload
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string, unknown>)[step]
  }
  return value
}

/** A text, a list of texts, or a list of objects with an `id` or a `name`, as issuers have it. */
function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn)
  if (typeof value === 'string') return value === '' ? [] : [value]
  if (typeof value !== 'object' || value === null) return []
  const { id, name } = value as { id?: unknown; name?: unknown }
  return [name ?? id].flatMap((each) => (typeof each === 'string' ? [each] : []))
}

function callerOf(payload: JWTPayload, { claims, roles: known }: TokenSettings): Caller {
  const roles = namesIn(claimAt(payload, claims.roles))
  const policies = roles.flatMap((role) => {
    const policy = Object.hasOwn(known, role) ? known[role] : undefined
    return policy ? [systemPolicies[policy]] : []
  })
  const [domainId] = namesIn(claimAt(payload, claims.domain))
  const projects = namesIn(claimAt(payload, claims.project))
  return { kind: 'token', id: payload.sub ?? 'token', domainId, projects, roles, policies }
}

/** Asymmetric only: with a shared secret whoever checks a token could also make one. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/** Errors of the library that are the token's own fault. */
const refusals = new Set([
  'ERR_JOSE_ALG_NOT_ALLOWED',
  'ERR_JOSE_NOT_SUPPORTED',
  'ERR_JWKS_NO_MATCHING_KEY',
  'ERR_JWKS_MULTIPLE_MATCHING_KEYS',
  'ERR_JWS_INVALID',
  'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  'ERR_JWT_CLAIM_VALIDATION_FAILED',
  'ERR_JWT_EXPIRED',
  'ERR_JWT_INVALID',
])

export function openTokens(settings: TokenSettings): Tokens {
  let keys: JWTVerifyGetKey | undefined
  return {
    verify: async (token, now) => {
      // Loaded by the first token: most callers sign.
      const { createRemoteJWKSet, jwtVerify } = await import('jose')
      keys ??= createRemoteJWKSet(new URL(settings.jwksUrl), { timeoutDuration: 3000 })
      const { issuer, audience } = settings
      const rules = { issuer, audience, algorithms, requiredClaims: ['exp'], clockTolerance: 30, currentDate: now }
      try {
        return callerOf((await jwtVerify(token, keys, rules)).payload, settings)
      } catch (cause) {
        const { code } = cause as { code?: string }
        if (code === undefined || !refusals.has(code)) throw new Error('the token could not be checked', { cause })
        const why =
          code === 'ERR_JWT_EXPIRED' ? 'The token has expired; get a new one.' : 'The token is not valid here.'
        throw new RfsError('Unauthenticated', why, { cause })
      }
    },
  }
}

/** The token that the local runtime prints, and what it opens: one project, to do everything in. */
export function developmentCaller(): { readonly token: string; readonly caller: Caller } | undefined {
  const given = developmentToken()
  if (!given) return undefined
  const caller: Caller = {
    kind: 'development-token',
    id: 'development-token',
    projects: [given.project],
    roles: ['full'],
    policies: [systemPolicies.full],
  }
  return { token: given.token, caller }
}

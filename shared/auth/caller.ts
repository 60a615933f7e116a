/** Who sent a request, and what they may touch. */
import type { Policy } from './policies.ts'

export interface Caller {
  readonly kind: 'access-key' | 'token' | 'development-token' | 'nobody'
  /** Names the caller in logs: an access key or a token's subject, never a secret. */
  readonly id: string
  readonly domainId?: string | undefined
  readonly projects: readonly string[]
  /** As the issuer named them; what they allow is in the policies. */
  readonly roles: readonly string[]
  readonly policies: readonly Policy[]
}

/** The caller of what everybody may read. */
export const nobody: Caller = { kind: 'nobody', id: 'nobody', projects: [], roles: [], policies: [] }

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

const longestName = 64

/**
 * A caller as everybody in the project may read it. Of an access key only the beginning, which its owner recognises: whoever
 * may read the project's stacks need not learn which keys open it.
 */
export function shownName({ kind, id }: Caller): string {
  return kind === 'access-key' ? `the access key ${id.slice(0, 6)}***` : id.slice(0, longestName)
}

/** The caller of what everybody may read. */
export const nobody: Caller = { kind: 'nobody', id: 'nobody', projects: [], roles: [], policies: [] }

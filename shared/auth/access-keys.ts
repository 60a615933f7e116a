/**
 * Access keys: what is stored, and how a function finds them. The secret is sealed under the key's own name, so that a
 * stored secret cannot be moved to another key.
 */
import { randomBytes } from 'node:crypto'
import * as z from 'zod/mini'
import type { Clock } from '../aws/clock.ts'
import type { Item, Table } from '../aws/table.ts'
import { Policy, type SystemPolicyName, systemPolicyNames } from './policies.ts'
import { type KeyService, openSecret, sealSecret } from './secrets.ts'

const AccessKeyRecord = z.object({
  accessKey: z.string(),
  secret: z.object({ wrappedKey: z.string(), content: z.string() }),
  project: z.string(),
  domainId: z.optional(z.string()),
  role: z.optional(z.enum(systemPolicyNames as [SystemPolicyName, ...SystemPolicyName[]])),
  policy: z.optional(Policy),
  createdAt: z.string(),
  /** A revoked key stays, so that a list can show it and nobody gets its name again. */
  revokedAt: z.optional(z.string()),
})
export type AccessKeyRecord = z.infer<typeof AccessKeyRecord>

/** A key as its owner has it. */
export interface GivenAccessKey {
  readonly accessKey: string
  readonly secretKey: string
  readonly project: string
  readonly domainId?: string | undefined
  /** A system policy, a policy of its own, or both. */
  readonly role?: SystemPolicyName | undefined
  readonly policy?: Policy | undefined
}

/** A key that is not revoked, with its secret in clear. */
export type ActiveAccessKey = Omit<AccessKeyRecord, 'secret' | 'revokedAt'> & { readonly secretKey: string }

export interface AccessKeyStore {
  find(accessKey: string): Promise<AccessKeyRecord | undefined>
  /** Writes a new key, or the same one again; false when there is a revoked one of that name. */
  save(key: GivenAccessKey, now: Date): Promise<boolean>
  /** All keys, revoked ones too, by name. */
  list(): Promise<AccessKeyRecord[]>
  /** False when there is no such key. A key that is revoked already keeps its time. */
  revoke(accessKey: string, now: Date): Promise<boolean>
}

const keyOf = (accessKey: string) => ({ pk: `ACCESSKEY#${accessKey}`, sk: 'ACCESSKEY' })
const directory = 'ACCESSKEYS'
const contextOf = (accessKey: string) => ({ purpose: 'access-key', accessKey })

function read(item: Item | undefined): AccessKeyRecord | undefined {
  return item && AccessKeyRecord.parse(item)
}

async function accessKeysIn(table: Table): Promise<string[]> {
  const names: string[] = []
  let after: Item | undefined
  do {
    const page = await table.query({
      condition: { text: 'pk = :pk', values: { ':pk': directory } },
      ...(after ? { after } : {}),
    })
    names.push(...page.items.map(({ sk }) => String(sk)))
    after = page.next
  } while (after)
  return names
}

/** The directory names every key, and may name one that was never written. */
export function openAccessKeyStore(table: Table, keys: KeyService): AccessKeyStore {
  const find = async (accessKey: string) => read(await table.get(keyOf(accessKey)))
  return {
    find,
    save: async ({ secretKey, ...key }, now) => {
      const secret = await sealSecret(keys, secretKey, contextOf(key.accessKey))
      await table.put({ pk: directory, sk: key.accessKey })
      return table.put(
        { ...keyOf(key.accessKey), ...key, secret, createdAt: now.toISOString() },
        { text: 'attribute_not_exists(revokedAt)' },
      )
    },
    list: async () => {
      const records = await Promise.all((await accessKeysIn(table)).map(find))
      return records.filter((record) => record !== undefined)
    },
    revoke: (accessKey, now) =>
      table.update(
        keyOf(accessKey),
        { text: 'SET revokedAt = if_not_exists(revokedAt, :now)', values: { ':now': now.toISOString() } },
        { text: 'attribute_exists(pk)' },
      ),
  }
}

/** A new pair: 20 characters that name it, and 40 (238 bits) that nobody can guess. */
export function newKeyPair(): { accessKey: string; secretKey: string } {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const name = [...randomBytes(18)].map((byte) => letters[byte % letters.length]).join('')
  return { accessKey: `RF${name}`, secretKey: randomBytes(30).toString('base64url') }
}

export interface AccessKeys {
  /** The key, unless it is unknown or revoked. An answer is at most 5 minutes old. */
  find(accessKey: string): Promise<ActiveAccessKey | undefined>
}

/** How long a function may use what it has read; the longest that a revoked key still works. */
const maxAgeMs = 5 * 60 * 1000
/** Short, so that a key works soon after it was made, and long enough to keep a guesser away from the table. */
const maxAgeOfAbsenceMs = 10 * 1000
/** Unknown names come from outside, so what is kept of them is bounded. */
const maxCached = 1000

interface Cached {
  readonly key: Promise<ActiveAccessKey | undefined>
  validUntilMs: number
}

/**
 * Keys in the memory of this function's instance.
 * @param open opens the table and the key service at the first look, not before
 */
export function cacheAccessKeys(open: () => { table: Table; keys: KeyService }, clock: Clock): AccessKeys {
  const cache = new Map<string, Cached>()
  let opened: ReturnType<typeof open> | undefined
  const load = async (accessKey: string): Promise<ActiveAccessKey | undefined> => {
    opened ??= open()
    const record = read(await opened.table.get(keyOf(accessKey)))
    if (!record || record.revokedAt !== undefined) return undefined
    const { secret, revokedAt: _, ...rest } = record
    return { ...rest, secretKey: await openSecret(opened.keys, secret, contextOf(accessKey)) }
  }
  const remember = (accessKey: string, nowMs: number): Cached => {
    const cached: Cached = { key: load(accessKey), validUntilMs: nowMs + maxAgeMs }
    cache.delete(accessKey)
    const [oldest] = cache.keys()
    if (cache.size >= maxCached && oldest !== undefined) cache.delete(oldest)
    cache.set(accessKey, cached)
    cached.key.then(
      (key) => {
        if (!key) cached.validUntilMs = nowMs + maxAgeOfAbsenceMs
      },
      // A failure is thrown to whoever waits; the next request tries again.
      () => cache.delete(accessKey),
    )
    return cached
  }
  return {
    find: (accessKey) => {
      const nowMs = clock.now().getTime()
      const cached = cache.get(accessKey)
      return (cached && nowMs < cached.validUntilMs ? cached : remember(accessKey, nowMs)).key
    },
  }
}

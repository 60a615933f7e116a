/**
 * The request signature once more, from its description and without a line of the service's own: what both agree on is
 * right, or wrong in the same way by two different hands.
 */
import { createHash, createHmac } from 'node:crypto'

const unreserved = new Set([...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~'])

function percent(text: string): string {
  let out = ''
  for (const byte of new TextEncoder().encode(text)) {
    const character = String.fromCharCode(byte)
    out += unreserved.has(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return out
}

const hash = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex')

export interface ToSign {
  readonly method: string
  /** Without a query. */
  readonly path: string
  readonly query?: readonly (readonly [string, string])[]
  /** Each is signed. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** @returns the headers to send: the given ones, the date, and the authorization */
export function signIndependently(
  { method, path, query = [], headers, body = '' }: ToSign,
  ak: string,
  sk: string,
  at: Date,
): Record<string, string> {
  const digits = at.toISOString().match(/\d+/g)!
  const date = `${digits.slice(0, 3).join('')}T${digits.slice(3, 6).join('')}Z`
  const all: Record<string, string> = { ...headers, 'X-Sdk-Date': date }
  let uri = ''
  for (const segment of decodeURIComponent(path).split('/')) uri += `${percent(segment)}/`
  if (decodeURIComponent(path).endsWith('/')) uri = uri.slice(0, -1)
  const sorted = query.toSorted(([a, b], [c, d]) => (a === c ? (b < d ? -1 : 1) : a < c ? -1 : 1))
  const lower = Object.keys(all).map((name) => [name.toLowerCase(), all[name]!.trim()] as const)
  lower.sort(([a], [b]) => (a < b ? -1 : 1))
  const names = lower.map(([name]) => name).join(';')
  const canonical =
    `${method}\n${uri}\n${sorted.map(([name, value]) => `${percent(name)}=${percent(value)}`).join('&')}\n` +
    `${lower.map(([name, value]) => `${name}:${value}\n`).join('')}\n${names}\n${hash(body)}`
  const signature = createHmac('sha256', sk)
    .update(`SDK-HMAC-SHA256\n${date}\n${hash(canonical)}`)
    .digest('hex')
  return { ...all, Authorization: `SDK-HMAC-SHA256 Access=${ak}, SignedHeaders=${names}, Signature=${signature}` }
}

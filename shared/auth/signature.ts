/**
 * The request signature SDK-HMAC-SHA256, as the official SDKs make it: pure functions of a request, a secret and a time.
 * Clients choose which headers they sign; whatever they have signed is covered, whatever they have not must grant nothing.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export type Pairs = readonly (readonly [name: string, value: string])[]

export interface SignedRequest {
  readonly method: string
  /** Percent-encoded as sent. Several where a proxy in between hides which of them the client saw. */
  readonly paths: readonly string[]
  /** Decoded. */
  readonly query: Pairs
  readonly headers: Pairs
  /** The exact bytes. */
  readonly body: Uint8Array
}

/** What a request says of its own signature. */
export interface Claim {
  readonly accessKey: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
  /** `X-Sdk-Date` as it was sent. */
  readonly date: string
  readonly signedAtMs: number
}

export const algorithm = 'SDK-HMAC-SHA256'
/** Either way; there is no nonce, so this is also how long a request can be repeated. */
export const maxSkewMs = 15 * 60 * 1000
const unsignedPayload = 'UNSIGNED-PAYLOAD'
const authorizationForm =
  /^SDK-HMAC-SHA256 +Access=([^,\s]{1,128}), *SignedHeaders=([a-z0-9!#$%&'*+.^_`|~;-]{1,4096}), *Signature=([0-9a-f]{64})$/

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex')

/** Everything but letters, digits and `-_.~` becomes `%XX` in upper case. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`
}

const encodeSegments = (path: string) => withSlash(path.split('/').map(encode).join('/'))

/** The path that the SDKs sign, and the one that the Node SDK signs, which encodes once more what is encoded already. */
function canonicalPaths(sent: readonly string[]): string[] {
  const forms = sent.flatMap((path) => {
    const decoded = decode(path)
    return decoded === undefined ? [encodeSegments(path)] : [encodeSegments(decoded), encodeSegments(path)]
  })
  return [...new Set(forms)]
}

const byCodePoint = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other))

function canonicalQuery(query: Pairs): string {
  return [...query]
    .sort(([name, value], [otherName, otherValue]) => byCodePoint(name, otherName) || byCodePoint(value, otherValue))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&')
}

/** HTTP libraries hand over the bytes of a header as Latin-1; clients sign them as UTF-8 text. */
function undoLatin1(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the test is whether each character is one byte
  if (/^[\x00-\x7f]*$/.test(value) || !/^[\x00-\xff]*$/.test(value)) return value
  const text = Buffer.from(value, 'latin1').toString('utf8')
  return text.includes('\ufffd') ? value : text
}

/** The values of a header by its lower-case name. */
function valuesOf({ headers }: SignedRequest, wanted: string): string[] {
  return headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value)
}

/** Undefined when a signed header is missing, or there twice so that nobody can say which one was signed. */
function headersBlock(request: SignedRequest, names: readonly string[]): string | undefined {
  const lines: string[] = []
  for (const name of names) {
    const [value, another] = valuesOf(request, name)
    if (value === undefined || another !== undefined) return undefined
    lines.push(`${name}:${undoLatin1(value).trim()}\n`)
  }
  return lines.join('')
}

/**
 * The hashes that the last line may hold. A stated hash counts only when its header is signed: anybody could add it to a
 * changed body. Clients disagree on what stands for an empty body that is not to be signed.
 */
function payloadHashes(request: SignedRequest, claim: Claim): { hashes: string[]; bodyIsCovered: boolean } {
  const actual = sha256(request.body)
  const stated = claim.signedHeaders.includes('x-sdk-content-sha256')
    ? valuesOf(request, 'x-sdk-content-sha256')[0]
    : undefined
  if (stated === unsignedPayload) {
    const isEmpty = request.body.byteLength === 0
    return { hashes: isEmpty ? [actual, unsignedPayload] : [unsignedPayload], bodyIsCovered: isEmpty }
  }
  return { hashes: stated === undefined || stated === actual ? [actual] : [], bodyIsCovered: true }
}

interface CanonicalParts {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: string
  readonly signedHeaders: readonly string[]
  readonly payloadHash: string
}

function canonicalRequest({ method, path, query, headers, signedHeaders, payloadHash }: CanonicalParts): string {
  return [method.toUpperCase(), path, query, headers, signedHeaders.join(';'), payloadHash].join('\n')
}

function signatureOf(canonical: string, date: string, secret: string): string {
  return createHmac('sha256', secret)
    .update(`${algorithm}\n${date}\n${sha256(canonical)}`)
    .digest('hex')
}

function equal(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.byteLength === right.byteLength && timingSafeEqual(left, right)
}

/** `20260102T030405Z` -> milliseconds; undefined for any other form and for days that no calendar has. */
function readDate(text: string): number | undefined {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? []
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(time) ? undefined : time
}

/** What the request claims; undefined when it is not of the scheme's form, or without a date. */
export function readClaim(request: SignedRequest): Claim | undefined {
  const [authorization, another] = valuesOf(request, 'authorization')
  const [, accessKey, names, signature] = authorizationForm.exec(authorization?.trim() ?? '') ?? []
  const [date, anotherDate] = valuesOf(request, 'x-sdk-date')
  if (!accessKey || !names || !signature || another !== undefined) return undefined
  if (date === undefined || anotherDate !== undefined) return undefined
  const signedAtMs = readDate(date)
  if (signedAtMs === undefined) return undefined
  return { accessKey, signedHeaders: names.split(';'), signature, date, signedAtMs }
}

/** Whether the claim was made at most 15 minutes ago, or ahead. */
export function isFresh(claim: Claim, nowMs: number): boolean {
  return Math.abs(nowMs - claim.signedAtMs) <= maxSkewMs
}

export type Verdict = { readonly valid: true; readonly bodyIsCovered: boolean } | { readonly valid: false }

/** Whether the claim is what the secret makes of this very request. Compares in constant time. */
export function verifySignature(request: SignedRequest, claim: Claim, secret: string): Verdict {
  const { signedHeaders, date, signature } = claim
  const headers = headersBlock(request, signedHeaders)
  if (headers === undefined) return { valid: false }
  const { hashes, bodyIsCovered } = payloadHashes(request, claim)
  const fixed = { method: request.method, query: canonicalQuery(request.query), headers, signedHeaders }
  for (const path of canonicalPaths(request.paths)) {
    for (const payloadHash of hashes) {
      const expected = signatureOf(canonicalRequest({ ...fixed, path, payloadHash }), date, secret)
      if (equal(expected, signature)) return { valid: true, bodyIsCovered }
    }
  }
  return { valid: false }
}

/**
 * The `Authorization` header for a request whose every given header is signed, `X-Sdk-Date` among them.
 * @throws Error when that one is missing
 */
export function authorizationFor(request: SignedRequest, accessKey: string, secret: string): string {
  const signedHeaders = request.headers.map(([name]) => name.toLowerCase()).sort(byCodePoint)
  const [date] = valuesOf(request, 'x-sdk-date')
  const [path = '/'] = canonicalPaths(request.paths)
  const headers = headersBlock(request, signedHeaders)
  if (date === undefined || headers === undefined)
    throw new Error('a request is signed with X-Sdk-Date, each header once')
  const query = canonicalQuery(request.query)
  const payloadHash = sha256(request.body)
  const parts = { method: request.method, path, query, headers, signedHeaders, payloadHash }
  const signature = signatureOf(canonicalRequest(parts), date, secret)
  return `${algorithm} Access=${accessKey}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`
}

/**
 * Lists in pages. Without `limit` everything comes at once; an answer that would grow past what a response may hold is cut
 * at an entry and says where to go on (DECISIONS, paging).
 */
import { RfsError } from '../contract/errors.ts'

/** An entry and where the list goes on after it. */
export interface Listed<Entry> {
  readonly entry: Entry
  readonly marker: unknown
}

export interface PageRequest {
  readonly limit?: number | undefined
  readonly marker?: string | undefined
}

export interface PageInfo {
  next_marker?: string
  current_count: number
}

/** A Lambda response holds 6 MB; the rest is left for headers and escapes. */
const maxBytes = 5_000_000

/** A marker is safe in an address and means nothing to the client. */
function encodeMarker(marker: unknown): string {
  return Buffer.from(JSON.stringify(marker)).toString('base64url')
}

/**
 * What the previous page's marker held, checked by `isValid`; undefined for the first page.
 * @throws RfsError `WrongType` for a marker that this list did not give.
 */
export function decodeMarker<Marker>(
  text: string | undefined,
  isValid: (value: unknown) => value is Marker,
): Marker | undefined {
  if (text === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    value = undefined
  }
  if (!isValid(value))
    throw new RfsError('WrongType', 'marker must be the next_marker of the previous page, unchanged.')
  return value
}

/** Takes entries until the page or the response is full. */
export async function takePage<Entry>(
  source: AsyncIterable<Listed<Entry>> | Iterable<Listed<Entry>>,
  { limit, marker }: PageRequest,
): Promise<{ entries: Entry[]; page_info?: PageInfo }> {
  const entries: Entry[] = []
  let bytes = 0
  let last: unknown
  let cut = false
  for await (const listed of source) {
    const size = Buffer.byteLength(JSON.stringify(listed.entry)) + 1
    cut = entries.length === limit || (entries.length > 0 && bytes + size > maxBytes)
    if (cut) break
    entries.push(listed.entry)
    bytes += size
    last = listed.marker
  }
  if (!cut && limit === undefined && marker === undefined) return { entries }
  const next = cut ? { next_marker: encodeMarker(last) } : {}
  return { entries, page_info: { ...next, current_count: entries.length } }
}

const isOffset = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

/** Pages of a list that is in memory already. */
export function takePageOf<Entry>(all: readonly Entry[], request: PageRequest) {
  const start = decodeMarker(request.marker, isOffset) ?? 0
  const rest = all.slice(start).map((entry, at) => ({ entry, marker: start + at + 1 }))
  return takePage(rest, request)
}

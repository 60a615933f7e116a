/** Lists in pages: how many entries come, how the next page is found, and what an answer may weigh. */
import { describe, expect, test } from 'vitest'
import { RfsError } from '../../../shared/contract/errors.ts'
import { decodeMarker, type Listed, takePage, takePageOf } from '../../../shared/http/paging.ts'

const numbers = Array.from({ length: 25 }, (_, at) => at)
const listed = (entries: readonly unknown[]): Listed<unknown>[] =>
  entries.map((entry) => ({ entry, marker: { after: entry } }))
const isText = (value: unknown): value is string => typeof value === 'string'
const refused = (read: () => unknown) => {
  try {
    read()
  } catch (error) {
    return error instanceof RfsError ? error.errorName : error
  }
  return 'accepted'
}

describe('a list', () => {
  test('without a limit comes whole and says nothing of pages', async () => {
    expect(await takePage(listed(numbers), {})).toEqual({ entries: numbers })
    expect(await takePage([], {})).toEqual({ entries: [] })
  })

  test('is followed page by page to its end, without a gap or a repetition', async () => {
    const seen: unknown[] = []
    const counts: number[] = []
    let marker: string | undefined
    do {
      const page = takePageOf(numbers, { limit: 10, marker })
      const { entries, page_info } = await page
      seen.push(...entries)
      counts.push(page_info?.current_count ?? -1)
      marker = page_info?.next_marker
    } while (marker !== undefined)
    expect(seen).toEqual(numbers)
    expect(counts).toEqual([10, 10, 5])
  })

  test('of exactly one page has no next one', async () => {
    const { entries, page_info } = await takePageOf(numbers.slice(0, 10), { limit: 10 })
    expect(entries).toHaveLength(10)
    expect(page_info).toEqual({ current_count: 10 })
  })

  test('that became shorter than where a page goes on ends there', async () => {
    const first = await takePageOf(numbers, { limit: 20 })
    const marker = first.page_info?.next_marker
    expect(await takePageOf(numbers.slice(0, 5), { limit: 20, marker })).toEqual({
      entries: [],
      page_info: { current_count: 0 },
    })
  })

  test('goes on without a limit when only the marker is given, and still says how many came', async () => {
    const first = await takePageOf(numbers, { limit: 10 })
    const rest = await takePageOf(numbers, { marker: first.page_info?.next_marker })
    expect(rest).toEqual({ entries: numbers.slice(10), page_info: { current_count: 15 } })
  })

  test('is read no further than one entry past the page', async () => {
    let read = 0
    async function* source() {
      for (const each of listed(numbers)) {
        read += 1
        yield each
      }
    }
    await takePage(source(), { limit: 10 })
    expect(read).toBe(11)
  })
})

describe('an answer that would grow too large', () => {
  const megabyte = 'x'.repeat(1_000_000)

  test('is cut at an entry and says where to go on, although nobody asked for pages', async () => {
    const { entries, page_info } = await takePage(listed([1, 2, 3, 4, 5, 6].map((at) => `${at}${megabyte}`)), {})
    expect(entries).toHaveLength(4)
    expect(Buffer.byteLength(JSON.stringify(entries))).toBeLessThan(5_000_000)
    expect(page_info).toEqual({ current_count: 4, next_marker: expect.any(String) })
    const marker = decodeMarker(page_info?.next_marker, (value): value is { after: string } => value instanceof Object)
    expect(marker?.after.slice(0, 1)).toBe('4')
  })

  test('weighs bytes, not letters', async () => {
    const { entries } = await takePage(listed(Array(6).fill('堆'.repeat(400_000))), {})
    expect(entries).toHaveLength(4)
  })

  test('still carries one entry, however large: without one nobody would get any further', async () => {
    const { entries, page_info } = await takePage(listed(['y'.repeat(6_000_000), 'z']), {})
    expect(entries).toHaveLength(1)
    expect(page_info?.next_marker).toBeDefined()
  })
})

describe('a marker', () => {
  test('brings back what the page before put into it, and is safe in an address', async () => {
    const { page_info } = await takePage(listed(['ä/?&=+#', 'b']), { limit: 1 })
    expect(page_info?.next_marker).toMatch(/^[\w-]+$/)
    expect(decodeMarker(page_info?.next_marker, (value): value is object => value instanceof Object)).toEqual({
      after: 'ä/?&=+#',
    })
  })

  test('is absent on the first page', () => {
    expect(decodeMarker(undefined, isText)).toBeUndefined()
  })

  test('that no page gave is refused, not taken for the first page', () => {
    const foreign = Buffer.from(JSON.stringify({ after: 1 })).toString('base64url')
    for (const marker of ['', 'x', '!!!', 'bm90IGpzb24', foreign, 'null', Buffer.from('null').toString('base64url')]) {
      expect(refused(() => decodeMarker(marker, isText))).toBe('WrongType')
    }
  })

  test('of a list in memory must be a place in it', async () => {
    for (const place of [-1, 1.5, '1', null, {}, Number.MAX_VALUE]) {
      const marker = Buffer.from(JSON.stringify(place)).toString('base64url')
      expect(refused(() => takePageOf(numbers, { marker }))).toBe('WrongType')
    }
  })
})

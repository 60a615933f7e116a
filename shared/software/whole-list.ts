/**
 * Lists that Heat never cuts. A response of Lambda holds 6 MB; a list that would be larger is refused in words, because a cut
 * one would look complete.
 */
import { HeatError } from '../contract/heat-errors.ts'

/** Bytes of entries; the rest is left for the frame around them. */
export const largestListBytes = 5_800_000

/** How many entries are made at a time; each may read large values from the bucket. */
const concurrency = 16

/** The size of an entry in Lambda's response, where the body is a JSON text within JSON. */
const sizeOf = (entry: unknown) => Buffer.byteLength(JSON.stringify(JSON.stringify(entry)))

/**
 * Makes the entries of a list, in the order given.
 * @param advice what to ask for instead when it is too large
 * @throws HeatError `LimitExceeded`, before everything is read
 */
export async function wholeList<Source, Entry>(
  sources: readonly Source[],
  toEntry: (source: Source) => Promise<Entry> | Entry,
  advice: string,
): Promise<Entry[]> {
  const entries: Entry[] = []
  let bytes = 0
  for (let at = 0; at < sources.length; at += concurrency) {
    const made = await Promise.all(sources.slice(at, at + concurrency).map(toEntry))
    bytes += made.reduce((sum, entry) => sum + sizeOf(entry), 0)
    if (bytes > largestListBytes) {
      const limit = `the list is longer than the ${largestListBytes} bytes that an answer holds`
      throw new HeatError('LimitExceeded', `Request limit exceeded: ${limit}. ${advice}`)
    }
    entries.push(...made)
  }
  return entries
}

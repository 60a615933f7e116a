/**
 * Lists that Heat never cuts. A response of Lambda holds 6 MB; a list that would be larger is refused in words, because a cut
 * one would look complete.
 */
import { HeatError } from '../contract/heat-errors.ts'
import { fewAtATime } from './few-at-a-time.ts'

/** Bytes of entries; the rest is left for the frame around them. */
export const largestListBytes = 5_800_000

/**
 * Collects what a list is made of.
 * @param leastBytes how much of the answer a part takes at least
 * @param advice what to ask for instead when it is too much
 * @throws HeatError `LimitExceeded`, before everything is read
 */
export async function collectList<Part>(
  parts: AsyncIterable<Part>,
  leastBytes: (part: Part) => number,
  advice: string,
): Promise<Part[]> {
  const collected: Part[] = []
  let bytes = 0
  for await (const part of parts) {
    bytes += leastBytes(part)
    if (bytes > largestListBytes) {
      const limit = `the list is longer than the ${largestListBytes} bytes that an answer holds`
      throw new HeatError('LimitExceeded', `Request limit exceeded: ${limit}. ${advice}`)
    }
    collected.push(part)
  }
  return collected
}

/** The size of an entry in Lambda's response, where the body is a JSON text within JSON. */
const sizeOf = (entry: unknown) => Buffer.byteLength(JSON.stringify(JSON.stringify(entry)))

/** Makes the entries of a list, in the order given. @throws HeatError as `collectList` */
export function wholeList<Source, Entry>(
  sources: readonly Source[],
  toEntry: (source: Source) => Promise<Entry> | Entry,
  advice: string,
): Promise<Entry[]> {
  return collectList(fewAtATime(sources, toEntry), sizeOf, advice)
}

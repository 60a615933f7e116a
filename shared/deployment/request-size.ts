/** What an invocation of the runner may carry. */

/** Lambda takes 6 MB; the rest is for links. */
export const mostRequestBytes = 6_000_000

/** Of what is not needed for the run itself, each. */
export const mostExtraBytes = 2_000_000

/** Of a template, its variables, and what of them is to be hidden. */
export const mostInputBytes = mostRequestBytes - mostExtraBytes

/** Bytes that a value takes in a request. */
export function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

/** The first items that fit. @param mostBytes of their JSON, and never more than of any extra */
export function fitting<Item>(items: readonly Item[], mostBytes = mostExtraBytes): Item[] {
  let leftBytes = Math.min(mostBytes, mostExtraBytes)
  const end = items.findIndex((item) => {
    leftBytes -= bytesOf(item) + 1
    return leftBytes < 0
  })
  return end === -1 ? [...items] : items.slice(0, end)
}

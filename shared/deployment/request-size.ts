/** What an invocation of the runner may carry beside the template itself: all of it may have 6 MB. */

/** Of what is not needed for the run itself, each. */
export const mostExtraBytes = 2_000_000

/** The first items that fit. @param mostBytes of their JSON */
export function fitting<Item>(items: readonly Item[], mostBytes = mostExtraBytes): Item[] {
  let leftBytes = mostBytes
  const end = items.findIndex((item) => {
    leftBytes -= Buffer.byteLength(JSON.stringify(item)) + 1
    return leftBytes < 0
  })
  return end === -1 ? [...items] : items.slice(0, end)
}

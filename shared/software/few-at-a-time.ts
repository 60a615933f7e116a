/** Each task may read from the table or the bucket: more at once than this only wait for each other. */
const atATime = 16

/** Runs a task for each of the items, a few at a time; its results, in the order of the items. */
export async function* fewAtATime<Item, Result>(
  items: readonly Item[],
  task: (item: Item) => Promise<Result> | Result,
): AsyncIterable<Result> {
  for (let at = 0; at < items.length; at += atATime) {
    yield* await Promise.all(items.slice(at, at + atATime).map(task))
  }
}

/** Milliseconds of repeated measurements, in one line. Medians: a busy machine makes some of them long, never short. */

export interface Spread {
  readonly median: number
  readonly lowest: number
  readonly highest: number
  readonly samples: readonly number[]
}

/** @throws Error without any sample */
export function spreadOf(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((one, other) => one - other)
  const [lowest, highest] = [sorted[0], sorted.at(-1)]
  if (lowest === undefined || highest === undefined) throw new Error('there is nothing to take the median of')
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1)
  return { median: middle.reduce((sum, value) => sum + value, 0) / middle.length, lowest, highest, samples }
}

/** How long an action took, in milliseconds. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now()
  await action()
  return performance.now() - startedAtMs
}

/** Runs the two sides of a comparison one after the other, the first one first in every other round. */
export async function alternately(round: number, one: () => Promise<void>, other: () => Promise<void>): Promise<void> {
  const [first, second] = round % 2 === 0 ? [one, other] : [other, one]
  await first()
  await second()
}

/** Repeated measurements in one line. Medians: a busy machine makes some of them long, never short. */

export interface Spread {
  readonly median: number
  readonly lowest: number
  readonly highest: number
  readonly samples: readonly number[]
}

const ascending = (samples: readonly number[]) => [...samples].sort((one, other) => one - other)

/** @throws Error without any sample */
export function spreadOf(samples: readonly number[]): Spread {
  const sorted = ascending(samples)
  const [lowest, highest] = [sorted[0], sorted.at(-1)]
  if (lowest === undefined || highest === undefined) throw new Error('there is nothing to take the median of')
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1)
  return { median: middle.reduce((sum, value) => sum + value, 0) / middle.length, lowest, highest, samples }
}

/**
 * The smallest sample that so many percent of all do not exceed (nearest rank).
 * @throws Error without any sample
 */
export function percentile(samples: readonly number[], percent: number): number {
  const value = ascending(samples)[Math.max(1, Math.ceil((percent / 100) * samples.length)) - 1]
  if (value === undefined) throw new Error('there is nothing to take a percentile of')
  return value
}

export interface Point {
  readonly size: number
  readonly value: number
}

/**
 * The power with which a value grows with a size: the slope of the line that fits best through the points' logarithms.
 * 0 does not grow, 1 grows as the size does.
 * @throws Error for less than two sizes, or anything that is not above 0
 */
export function exponentOf(points: readonly Point[]): number {
  if (points.some(({ size, value }) => !(size > 0 && value > 0)))
    throw new Error('only what is above 0 has a logarithm')
  const logs = points.map(({ size, value }) => ({ x: Math.log(size), y: Math.log(value) }))
  const mean = (pick: (log: { x: number; y: number }) => number) =>
    logs.reduce((sum, log) => sum + pick(log), 0) / logs.length
  const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)]
  const spread = mean(({ x }) => (x - meanX) ** 2)
  if (!(spread > 0)) throw new Error('an exponent needs at least two sizes')
  return mean(({ x, y }) => (x - meanX) * (y - meanY)) / spread
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

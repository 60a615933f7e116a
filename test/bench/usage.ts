/** What is asked of AWS, in the units that it is paid by. */

export interface Usage {
  /** Every call by its name, such as `GetItem`, in the order in which they began. */
  readonly calls: readonly string[]
  readonly readUnits: number
  readonly writeUnits: number
  /** PUT and LIST, which cost the same; deletions are free. */
  readonly bucketWrites: number
  readonly bucketReads: number
  readonly queueRequests: number
  readonly keyRequests: number
}

export const noUsage: Usage = {
  calls: [],
  readUnits: 0,
  writeUnits: 0,
  bucketWrites: 0,
  bucketReads: 0,
  queueRequests: 0,
  keyRequests: 0,
}

const countedNames = Object.keys(noUsage).filter((name) => name !== 'calls') as Exclude<keyof Usage, 'calls'>[]

export function sumOf(...usages: readonly Partial<Usage>[]): Usage {
  const sums = countedNames.map((name) => [name, usages.reduce((sum, usage) => sum + (usage[name] ?? 0), 0)])
  return { ...noUsage, ...Object.fromEntries(sums), calls: usages.flatMap((usage) => usage.calls ?? []) }
}

/** The same, so many times. */
export function timesUsage(times: number, { calls, ...numbers }: Usage): Usage {
  const more = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, value * times]))
  return { ...noUsage, ...more, calls }
}

/** `2 GetItem, PutObject`: each name once, with how often. */
export function describeCalls({ calls }: Pick<Usage, 'calls'>): string {
  const counted = [...Map.groupBy(calls, (name) => name)].map(([name, { length }]) =>
    length === 1 ? name : `${length} ${name}`,
  )
  return counted.join(', ') || 'none'
}

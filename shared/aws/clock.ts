/** Time as a dependency, so that a test can say what time it is. */
export interface Clock {
  now(): Date
}

export function systemClock(): Clock {
  return { now: () => new Date() }
}

/** When a run has to do what, so that its state is saved before the host ends it. All in milliseconds since the epoch. */

export interface Deadlines {
  /** From here on the engine is asked to stop as soon as nothing is under way. */
  readonly quietFromMs: number
  /** The engine is asked to stop: no new resource is begun. */
  readonly interruptAtMs: number
  /** The engine is killed; what is left of the time saves the state. */
  readonly killAtMs: number
  /** Nothing may go on beyond this. */
  readonly endAtMs: number
}

export interface RunTimes {
  readonly startedAtMs: number
  /** When the host ends the run without asking. */
  readonly hardStopAtMs: number
  /** `stopAtMs` of the request. */
  readonly stopAtMs: number
}

/** Time that resources in progress get to end, and time that is given away for a quiet moment, at most. */
const longestGraceMs = 60_000

/**
 * The engine is interrupted a grace before the hard stop (a minute, or a quarter of the whole time when that is less),
 * or at the request's own limit if that is sooner; and in the same time before that already, at a quiet moment. It has two thirds of the grace to end; the rest is for the state.
 */
export function deadlines({ startedAtMs, hardStopAtMs, stopAtMs }: RunTimes): Deadlines {
  const graceMs = Math.min(longestGraceMs, Math.max(0, hardStopAtMs - startedAtMs) * 0.25)
  const interruptAtMs = Math.min(stopAtMs, hardStopAtMs - graceMs)
  return {
    quietFromMs: interruptAtMs - graceMs,
    interruptAtMs,
    killAtMs: interruptAtMs + (graceMs * 2) / 3,
    endAtMs: hardStopAtMs - graceMs / 20,
  }
}

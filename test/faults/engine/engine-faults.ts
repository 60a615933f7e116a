/** The ways in which a real engine is ended, and what is noted of a run. */
import type { Violation } from '../simulation/world.ts'

export const engineFaults = [
  'engine killed',
  'process group killed',
  'runner lost',
  'worker lost',
  'out of memory',
  'disk full',
  'state not saved, runner lost',
] as const
export type EngineFault = (typeof engineFaults)[number]

export interface EngineRunResult {
  readonly fault: EngineFault
  /** Whether the trouble met an engine at work. */
  readonly hit: boolean
  /** Times that the deployment was continued by hand until it was complete. */
  readonly continued: number
  readonly violations: readonly Violation[]
}

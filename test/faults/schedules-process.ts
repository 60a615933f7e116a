/**
 * A process that runs schedules: the service is loaded into it once, with a mutation if it is to be broken. It is told by
 * its first argument what to run, and sends one message for each schedule.
 */
import { loadSimulated } from './hooks.ts'
import { mutations } from './mutations.ts'
import type { ScheduleReport } from './schedule.ts'
import { replaceGlobals } from './simulation/globals.ts'
import { functionEnvironment } from './simulation/settings.ts'

export interface ScheduleOrder {
  readonly seeds: readonly number[]
  /** Name of a mutation; the process ends with the first violation then. */
  readonly mutation?: string
  /** Whether the whole trace is wanted, also of schedules that are well. */
  readonly traced?: boolean
}

export type ScheduleMessage =
  | { readonly kind: 'report'; readonly report: ScheduleReport }
  /** The simulation itself is wrong, or the mutation does not fit the code. */
  | { readonly kind: 'defect'; readonly seed: number | undefined; readonly reason: string }

/** The steps before a violation that are worth reading. */
const lastSteps = 80

function send(message: ScheduleMessage): void {
  process.send?.(message)
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

async function runAll({ seeds, mutation: name, traced }: ScheduleOrder): Promise<void> {
  const mutation = name === undefined ? undefined : mutations.find((each) => each.name === name)
  if (name !== undefined && !mutation) throw new Error(`there is no mutation "${name}"`)
  Object.assign(process.env, functionEnvironment)
  replaceGlobals()
  loadSimulated(mutation)
  const { loadFunctions } = await import('./functions.ts')
  const { runSchedule } = await import('./schedule.ts')
  const functions = await loadFunctions()
  for (const seed of seeds) {
    try {
      const report = await runSchedule(seed, functions)
      const failed = report.violations.length > 0
      const trace = traced ? report.trace : failed ? report.trace.slice(-lastSteps) : []
      send({ kind: 'report', report: { ...report, trace } })
      if (failed && mutation) return
    } catch (error) {
      send({ kind: 'defect', seed, reason: reasonOf(error) })
    }
  }
}

runAll(JSON.parse(process.argv[2] ?? '{"seeds":[]}') as ScheduleOrder)
  .catch((error) => send({ kind: 'defect', seed: undefined, reason: reasonOf(error) }))
  .finally(() => process.disconnect?.())

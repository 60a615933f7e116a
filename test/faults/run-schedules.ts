/** Runs schedules in processes of their own, as many at once as there are processors, and gathers what they report. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { ScheduleReport } from './schedule.ts'
import type { ScheduleMessage, ScheduleOrder } from './schedules-process.ts'

export interface Defect {
  readonly seed: number | undefined
  readonly reason: string
}

export interface ScheduleResults {
  readonly reports: readonly ScheduleReport[]
  readonly defects: readonly Defect[]
}

const program = fileURLToPath(new URL('./schedules-process.ts', import.meta.url))

/** @param onReport told of each schedule as it ends */
export async function runOrder(order: ScheduleOrder, onReport?: () => void): Promise<ScheduleResults> {
  const reports: ScheduleReport[] = []
  const defects: Defect[] = []
  const child: ChildProcess = fork(program, [JSON.stringify(order)], {
    // Nothing of how this process was started is for that one.
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  child.on('message', (message: ScheduleMessage) => {
    if (message.kind === 'report') reports.push(message.report)
    else defects.push(message)
    onReport?.()
  })
  const [code] = (await once(child, 'close')) as [number | null]
  const isShort = order.mutation === undefined && reports.length + defects.length < order.seeds.length
  if (code !== 0 || isShort) defects.push({ seed: undefined, reason: `a process ended early, with ${code}` })
  return { reports, defects }
}

/** Runs tasks, at most so many at the same time as there are processors. */
export async function runTogether<Result>(tasks: readonly (() => Promise<Result>)[]): Promise<Result[]> {
  const results: Result[] = []
  let next = 0
  const work = async () => {
    while (next < tasks.length) {
      const at = next
      next += 1
      results[at] = await (tasks[at] as () => Promise<Result>)()
    }
  }
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), tasks.length) }, work))
  return results
}

/** Runs so many schedules from a seed on. */
export async function runSchedules(from: number, count: number, onReport?: () => void): Promise<ScheduleResults> {
  const parts = Math.min(availableParallelism(), Math.max(1, count))
  const seedsOf = (part: number) =>
    Array.from({ length: count }, (_, at) => from + at).filter((seed) => seed % parts === part)
  const tasks = Array.from({ length: parts }, (_, part) => () => runOrder({ seeds: seedsOf(part) }, onReport))
  const results = await runTogether(tasks)
  return {
    reports: results.flatMap(({ reports }) => reports).sort((a, b) => a.seed - b.seed),
    defects: results.flatMap(({ defects }) => defects),
  }
}

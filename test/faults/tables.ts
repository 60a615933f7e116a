/** What `npm run faults` prints. */
import type { TextTable } from '../bench/text-table.ts'
import { type EngineRunResult, engineFaults } from './engine/engine-faults.ts'
import { type InvariantName, invariants } from './invariants/names.ts'
import { isCaught, type MutationResult } from './run-mutations.ts'
import type { ScheduleResults } from './run-schedules.ts'
import type { ScheduleReport } from './schedule.ts'

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
const formatted = (number: number) => number.toLocaleString('en-US', { maximumFractionDigits: 0 })

function troubleLine(reports: readonly ScheduleReport[]): string {
  const kinds = [...new Set(reports.flatMap(({ troubles }) => Object.keys(troubles)))].sort()
  const counts = kinds.map((kind) => `${kind} ${formatted(sum(reports.map(({ troubles }) => troubles[kind] ?? 0)))}`)
  return `trouble made: ${counts.join(', ')}`
}

/** One row for each invariant: how many schedules violated it, and which. */
export function schedulesTable({ reports }: ScheduleResults, seconds: number): TextTable {
  const violatedBy = (name: InvariantName) =>
    reports.filter(({ violations }) => violations.some(({ invariant }) => invariant === name)).map(({ seed }) => seed)
  const rows = (Object.keys(invariants) as InvariantName[]).map((name) => {
    const seeds = violatedBy(name)
    return [name, invariants[name], String(seeds.length), seeds.slice(0, 5).join(' ')]
  })
  const total = (of: (report: ScheduleReport) => number) => formatted(sum(reports.map(of)))
  const slowest = Math.max(0, ...reports.map(({ settledAfterSeconds }) => settledAfterSeconds))
  return {
    place: 'faults-schedules',
    title: `Schedules without the engine: ${formatted(reports.length)} in ${formatted(seconds)} s`,
    columns: ['invariant<', 'what holds<', 'violated', 'by seeds<'],
    rows,
    notes: [
      `${total(({ commands }) => commands)} requests, ${total(({ deployments }) => deployments)} jobs, ${total(({ steps }) => steps)} steps`,
      troubleLine(reports),
      `longest time until everything was settled after the last trouble: ${formatted(slowest / 60)} minutes of the simulated clock`,
    ],
  }
}

export function mutationsTable(results: readonly MutationResult[], seconds: number): TextTable {
  const verdict = (result: MutationResult) => {
    if (isCaught(result)) return `caught by ${result.caughtBy}`
    if (result.defect) return `DOES NOT RUN: ${result.defect.split('\n')[0]}`
    return result.caughtBy ? `caught by ${result.caughtBy}, UNEXPECTED` : 'NOT CAUGHT'
  }
  return {
    place: 'faults-mutations',
    title: `The service broken on purpose, in ${formatted(seconds)} s`,
    columns: ['mutation<', 'file<', 'verdict<', 'schedules'],
    rows: results.map((result) => [
      result.mutation.name,
      result.mutation.file,
      verdict(result),
      String(result.schedules),
    ]),
    notes: [],
  }
}

/** One row for each way in which a real engine was ended. */
export function enginesTable(results: readonly EngineRunResult[], seconds: number): TextTable {
  const rows = engineFaults.map((fault) => {
    const runs = results.filter((result) => result.fault === fault)
    const violated = runs.flatMap(({ violations }) => violations)
    return [
      fault,
      String(runs.length),
      String(runs.filter(({ hit }) => hit).length),
      String(sum(runs.map(({ continued }) => continued))),
      String(violated.length),
      violated
        .slice(0, 2)
        .map(({ invariant, what }) => `${invariant}: ${what}`)
        .join('; '),
    ]
  })
  return {
    place: 'faults-engines',
    title: `The real engine killed: ${results.length} runs in ${formatted(seconds)} s`,
    columns: ['fault<', 'runs', 'at work', 'continued', 'violated', 'what<'],
    rows,
    notes: [
      'at work: the fault met an engine in the middle of an apply; continued: deployments continued by hand until complete.',
      'Held to: ended, known, madeOnce and events, as far as the API and the outside world show them.',
    ],
  }
}

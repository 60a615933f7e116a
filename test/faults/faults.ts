/**
 * `npm run faults`: the service's own code under every trouble that a seed can make, the checker itself under a service that
 * is broken on purpose, and the real engine killed. Exit code 1 when an invariant is violated, a mutation is not caught, or
 * the simulation itself is wrong.
 */
import { parseArgs, styleText } from 'node:util'
import { findEngine } from '../../shared/engine/engine-binary.ts'
import { describeMachine } from '../bench/machine.ts'
import { markdownTable, writePlaces } from '../bench/markdown.ts'
import { formatTable, type TextTable } from '../bench/text-table.ts'
import { invariants } from './invariants/names.ts'
import { isCaught, runMutations } from './run-mutations.ts'
import { type Defect, runOrder, runSchedules } from './run-schedules.ts'
import type { ScheduleReport } from './schedule.ts'
import { enginesTable, mutationsTable, schedulesTable } from './tables.ts'

const help = `Usage: npm run faults -- [options]

Runs the commands, the worker, the sweeper and the dead letter in simulated worlds, where a seed decides what happens next
and what goes wrong, and checks what must hold whatever does. Then breaks the service on purpose, to see that the checker
notices. Then kills the real engine.

  --schedules N   simulated schedules (2000); 0 for none
  --from N        the first seed (1)
  --seed N        replay one schedule, print all its steps, and nothing else
  --mutations N   schedules that each mutation gets at most (200); 0 for none
  --engine N      runs of the real engine (30); 0 for none
  --markdown FILE also write the tables into the places of a document, such as README.md
  --help

The same seed is always the same schedule, step for step. The engine is found as by the service (RFS_ENGINE or PATH).`

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} takes a whole number, not "${text}"`)
  return Number(text)
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      schedules: { type: 'string', default: '2000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      mutations: { type: 'string', default: '200' },
      engine: { type: 'string', default: '30' },
      markdown: { type: 'string' },
    },
  })
  return {
    help: values.help,
    schedules: wholeNumber('schedules', values.schedules),
    from: wholeNumber('from', values.from),
    seed: values.seed === undefined ? undefined : wholeNumber('seed', values.seed),
    mutations: wholeNumber('mutations', values.mutations),
    engine: wholeNumber('engine', values.engine),
    markdown: values.markdown,
  }
}

/** One line on a terminal that is written over again and again; nothing where output goes to a file. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${styleText('dim', text)}`)
}

function printFailure({ seed, digest, violations, trace }: ScheduleReport): void {
  console.log(`\nseed ${seed} (trace ${digest})`)
  for (const line of trace) console.log(`  ${line}`)
  for (const { invariant, what } of violations) console.log(`  ${invariant}: ${what}\n    (${invariants[invariant]})`)
  console.log(`  replay with: npm run faults -- --seed ${seed}`)
}

function printDefects(defects: readonly Defect[]): void {
  for (const { seed, reason } of defects) console.log(`\nthe simulation broke, seed ${seed ?? 'unknown'}: ${reason}`)
}

async function timed<Result>(run: () => Promise<Result>): Promise<{ result: Result; seconds: number }> {
  const startedAt = performance.now()
  const result = await run()
  progress('')
  return { result, seconds: (performance.now() - startedAt) / 1000 }
}

interface Part {
  readonly well: boolean
  readonly table: TextTable
}

/** @returns whether all is well */
async function replay(seed: number): Promise<boolean> {
  const { reports, defects } = await runOrder({ seeds: [seed], traced: true })
  for (const report of reports) printFailure(report)
  printDefects(defects)
  return defects.length === 0 && reports.every(({ violations }) => violations.length === 0)
}

async function schedules(from: number, count: number): Promise<Part> {
  let done = 0
  const { result, seconds } = await timed(() =>
    runSchedules(from, count, () => {
      done += 1
      progress(`schedule ${done} of ${count}`)
    }),
  )
  const failed = result.reports.filter(({ violations }) => violations.length > 0)
  for (const report of failed.slice(0, 3)) printFailure(report)
  printDefects(result.defects)
  return { well: failed.length === 0 && result.defects.length === 0, table: schedulesTable(result, seconds) }
}

async function broken(bound: number): Promise<Part> {
  let done = 0
  const { result, seconds } = await timed(() =>
    runMutations(bound, () => {
      done += 1
      progress(`mutation ${done}`)
    }),
  )
  return { well: result.every(isCaught), table: mutationsTable(result, seconds) }
}

async function engines(count: number): Promise<Part> {
  const { runEngines } = await import('./engine/run-engines.ts')
  let done = 0
  const { result, seconds } = await timed(() =>
    runEngines(count, () => {
      done += 1
      progress(`run ${done} of ${count}`)
    }),
  )
  return { well: result.every(({ violations }) => violations.length === 0), table: enginesTable(result, seconds) }
}

/** Each table with the day and the machine. */
async function writeTables(file: string, parts: readonly Part[]): Promise<void> {
  const engine = await findEngine({ chosen: process.env.RFS_ENGINE, searchPath: process.env.PATH })
  const { cores, processor, node, engine: version } = await describeMachine(engine)
  const measured = `*On ${new Date().toISOString().slice(0, 10)}: ${cores} cores (${processor}), Node ${node}, ${version}.*`
  const places = parts.map(({ table }) => [table.place ?? '', `${markdownTable(table)}\n\n${measured}`] as const)
  await writePlaces(file, new Map(places))
}

async function main(): Promise<boolean> {
  const options = readOptions()
  if (options.help) {
    console.log(help)
    return true
  }
  if (options.seed !== undefined) return replay(options.seed)
  const parts = [
    ...(options.schedules > 0 ? [() => schedules(options.from, options.schedules)] : []),
    ...(options.mutations > 0 ? [() => broken(options.mutations)] : []),
    ...(options.engine > 0 ? [() => engines(options.engine)] : []),
  ]
  const done: Part[] = []
  for (const run of parts) {
    const part = await run()
    console.log(`\n${formatTable(part.table)}`)
    done.push(part)
  }
  if (options.markdown !== undefined) await writeTables(options.markdown, done)
  return done.every(({ well }) => well)
}

process.exitCode = (await main()) ? 0 : 1

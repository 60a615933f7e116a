/**
 * The latency of each operation over HTTP, with warm functions, against the bare calls that it makes, in turns. Of commands
 * that start a job only the request is measured; the job is waited for before anything else is.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { openBareCalls } from './bare-calls.ts'
import { type BenchCloud, withBenchCloud } from './bench-cloud.ts'
import { type CommandCase, creationCases, hopName, jobCases, readCases, runtimeCases } from './command-cases.ts'
import { setScene } from './command-scene.ts'
import type { Section, Setting } from './section.ts'
import { alternately, type Spread, spreadOf, timed } from './statistics.ts'
import { formatAim, formatNumber, formatRange, formatRatio, type TextTable } from './text-table.ts'

const aimRatio = 2
/** In each round; a request that starts a job is sent once, because its job must be waited for. */
const pairsWithoutJob = 5
/** After a job's end its worker still tidies up. */
const quietMs = 30

export interface CommandRow {
  readonly operation: string
  readonly measured: string
  readonly calls: string
  readonly samples: number
  readonly bareMs?: Spread
  readonly oursMs: Spread
  readonly ratio?: number
  /** Less the hop: what the function does with the request, its calls included. */
  readonly ownMs?: number
  readonly ownRatio?: number
}

interface Measured {
  readonly case: CommandCase
  readonly bareMs: number[]
  readonly oursMs: number[]
}

/** One pair of samples. Each side runs once unmeasured just before, so that none pays for the pause since the last time. */
async function measureOnce({ case: each, bareMs, oursMs }: Measured, turn: number): Promise<void> {
  await each.before?.()
  await (each.warm ?? each.ours)()
  await each.bare?.()
  await alternately(
    turn,
    async () => {
      if (each.bare) bareMs.push(await timed(each.bare))
    },
    async () => {
      oursMs.push(await timed(each.ours))
      if (!each.after) return
      await each.after()
      await sleep(quietMs)
    },
  )
}

/** Code that ran a few times only is slow on either side, and this process runs all bare calls by the same code. */
async function warmUp({ case: { warm, ours, bare } }: Measured, times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    await (warm ?? ours)()
    await bare?.()
  }
}

function rowOf({ case: { operation, measured, calls }, bareMs, oursMs }: Measured, hopMs: number): CommandRow {
  const ours = spreadOf(oursMs)
  const row = { operation, measured, calls, samples: oursMs.length, oursMs: ours }
  if (bareMs.length === 0) return row
  const bare = spreadOf(bareMs)
  const ownMs = Math.max(0, ours.median - hopMs)
  return { ...row, bareMs: bare, ratio: ours.median / bare.median, ownMs, ownRatio: ownMs / bare.median }
}

const warmUpsOf = { full: 300, quick: 50, tiny: 1 } as const
const roundsOf = { full: 40, quick: 8, tiny: 1 } as const

async function measureCommands(cloud: BenchCloud, { size, folder, progress }: Setting): Promise<CommandRow[]> {
  const bare = await openBareCalls(cloud)
  try {
    progress('preparing stacks')
    const scene = await setScene(cloud, bare, folder)
    const cases = [
      ...runtimeCases(cloud),
      ...creationCases(cloud, bare, scene),
      ...jobCases(cloud, bare, scene),
      ...readCases(cloud, bare, scene),
    ]
    const measured = cases.map((each): Measured => ({ case: each, bareMs: [], oursMs: [] }))
    for (const each of measured) {
      progress(`warming up: ${each.case.operation}`)
      await warmUp(each, warmUpsOf[size])
      await measureOnce({ ...each, bareMs: [], oursMs: [] }, 0)
    }
    const rounds = roundsOf[size]
    for (let round = 0; round < rounds; round += 1) {
      progress(`round ${round + 1} of ${rounds}`)
      for (const each of measured) {
        const pairs = each.case.after ? 1 : pairsWithoutJob
        for (let pair = 0; pair < pairs; pair += 1) await measureOnce(each, round + pair)
      }
    }
    const hop = measured.find((each) => each.case.operation === hopName)
    const hopMs = spreadOf(hop?.oursMs ?? []).median
    return measured.map((each) => rowOf(each, hopMs))
  } finally {
    bare.close()
  }
}

const optional = (value: number | undefined, format: (value: number) => string) =>
  value === undefined ? '' : format(value)

function commandsTable(rows: readonly CommandRow[]): TextTable {
  return {
    title: 'Each operation over HTTP, against the bare calls that it makes',
    columns: [
      'operation<',
      'samples',
      'bare ms',
      'range',
      'ours ms',
      'range',
      'ratio',
      `within ${aimRatio} x`,
      'own ms',
      'ratio',
      `within ${aimRatio} x`,
      'bare calls<',
      'measured<',
    ],
    rows: rows.map((row) => [
      row.operation,
      String(row.samples),
      optional(row.bareMs?.median, formatNumber),
      row.bareMs ? formatRange(row.bareMs) : '',
      formatNumber(row.oursMs.median),
      formatRange(row.oursMs),
      optional(row.ratio, formatRatio),
      optional(row.ratio, (ratio) => formatAim(ratio <= aimRatio)),
      optional(row.ownMs, formatNumber),
      optional(row.ownRatio, formatRatio),
      optional(row.ownRatio, (ratio) => formatAim(ratio <= aimRatio)),
      row.calls,
      row.measured,
    ]),
    terminalOnly: ['bare calls', 'measured'],
    notes: [
      'bare: the calls one after the other from this process, by the same clients, with items and messages of the same size that are',
      '      ready to be sent. ours: one request over HTTP from this process, to a function that has served hundreds of requests.',
      `own:  ours less the hop ("${hopName}"), which on this machine stands for API Gateway and Lambda and is no part of the service.`,
      'A worker takes a job up while the command that started it still answers, on the same cores; the bare calls have no such company.',
    ],
  }
}

export const commands: Section = {
  name: 'commands',
  help: 'each operation over HTTP, against the bare store, bucket and queue calls that it makes',
  measure: (setting) =>
    withBenchCloud(setting, async (cloud) => {
      const rows = await measureCommands(cloud, setting)
      return { rows, tables: [commandsTable(rows)] }
    }),
}

/**
 * What each function weighs, and how long a process that starts anew takes to its first answer, beside what it takes once it
 * is warm. Every function is asked for what it is for, with a signed request and against the real stores of the local cloud.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BundledFunction, bundleFunctions } from '../../infra/bundle.ts'
import { type Asked, jobAsked, operationAsked } from './asked.ts'
import { type BenchCloud, withBenchCloud } from './bench-cloud.ts'
import { type FunctionBed, openFunctionBed } from './function-bed.ts'
import { type FunctionProcess, type Invocation, startFunctionProcess } from './function-process.ts'
import { jobAsks } from './job-events.ts'
import { operationAsks } from './operation-requests.ts'
import type { Section, Setting } from './section.ts'
import { type Spread, spreadOf } from './statistics.ts'
import { type OpenStores, openStores } from './stores.ts'
import { formatAim, formatNumber, formatRange, type TextTable } from './text-table.ts'

const aimBytes = 350 * 1024
const aimMs = 60

const roundsOf = { full: 7, quick: 3, tiny: 1 } as const
const warmOf = { full: 10, quick: 5, tiny: 1 } as const

export interface ColdRow {
  /** The operation, or the function behind the API. */
  readonly name: string
  readonly asked: string
  readonly bytes: BundledFunction['bytes']
  /** Less what importing an empty module takes. */
  readonly importMs: Spread
  /** From the start of the process to the first answer. */
  readonly coldMs: Spread
  readonly warmMs: Spread
}

async function operationsAsked(cloud: BenchCloud, { table, blobs }: OpenStores): Promise<Asked[]> {
  // Of several ways to ask for an operation the last one is the longest but for the poll that finds nothing new.
  const asks = (await operationAsks(table, blobs, cloud)).filter(({ status }) => status !== 304)
  return [...new Map(asks.map((ask) => [ask.operation.id, ask])).values()].map(operationAsked)
}

interface Samples {
  readonly importMs: number[]
  readonly coldMs: number[]
  readonly warmMs: number[]
}

const noSamples = (): Samples => ({ importMs: [], coldMs: [], warmMs: [] })

/** The life of one process: a first request, and then some more. */
async function live(started: FunctionProcess, asked: Pick<Asked, 'next' | 'check'>, into: Samples, warm: number) {
  const invoke = async (event: object): Promise<Invocation> => {
    const invocation = await started.invoke(event)
    asked.check(invocation.answer)
    return invocation
  }
  const first = await invoke(await asked.next())
  into.importMs.push(first.importMs)
  into.coldMs.push(first.sinceStartMs)
  for (let count = 0; count < warm; count += 1) into.warmMs.push((await invoke(await asked.next())).ms)
  await started.stop()
}

/** A function that does nothing: what is left is Node. */
async function emptyFunction(folder: string): Promise<string> {
  const empty = join(folder, 'empty-function')
  await mkdir(empty, { recursive: true })
  await writeFile(join(empty, 'index.mjs'), 'export const handler = async () => ({})\n')
  return empty
}

/** What is asked, and the functions of the cloud that it is asked on. */
interface Scene {
  readonly bed: FunctionBed
  readonly asked: readonly Asked[]
}

async function sample(scenes: readonly Scene[], { size, folder, progress }: Setting) {
  const empty = await emptyFunction(folder)
  const nothing = { next: async () => ({}), check: () => undefined }
  const [ofNode, samples] = [noSamples(), new Map<Asked, Samples>()]
  for (const { asked } of scenes) for (const each of asked) samples.set(each, noSamples())
  for (let round = 0; round < roundsOf[size]; round += 1) {
    progress(`cold starts, round ${round + 1} of ${roundsOf[size]}`)
    await live(startFunctionProcess(empty, {}), nothing, ofNode, warmOf[size])
    for (const { bed, asked } of scenes) {
      for (const each of asked) {
        await live(bed.start(each.functionName), each, samples.get(each) ?? noSamples(), warmOf[size])
      }
    }
  }
  return { ofNode, samples }
}

/** Opens the functions of a cloud, and says what to ask. */
async function withScene<Result>(
  setting: Setting,
  ask: (cloud: BenchCloud, stores: OpenStores) => Promise<readonly Asked[]>,
  use: (scene: Scene) => Promise<Result>,
): Promise<Result> {
  return withBenchCloud(setting, async (cloud) => {
    const [stores, bed] = [openStores(cloud), await openFunctionBed(cloud, setting.assembly)]
    try {
      return await use({ bed, asked: await ask(cloud, stores) })
    } finally {
      stores.close()
      bed.close()
    }
  })
}

async function measureCold(setting: Setting): Promise<ColdRow[]> {
  const bundles = await bundleFunctions({ outDir: join(setting.folder, 'bundles') })
  setting.progress('preparing stacks')
  // What commands leave waiting would be found by the sweeper, so it has a cloud in which nothing waits.
  const { ofNode, samples } = await withScene(setting, operationsAsked, (operations) =>
    withScene(
      setting,
      async (_, { table }) => jobAsks(table).map(jobAsked),
      (jobs) => sample([operations, jobs], setting),
    ),
  )
  const base = spreadOf(ofNode.importMs).median
  const rowOf = (name: string, asked: string, bytes: ColdRow['bytes'], taken: Samples): ColdRow => ({
    name,
    asked,
    bytes,
    importMs: spreadOf(taken.importMs.map((ms) => Math.max(0, ms - base))),
    coldMs: spreadOf(taken.coldMs),
    warmMs: spreadOf(taken.warmMs),
  })
  const rows = [...samples].map(([{ functionName, name, what }, taken]) => {
    const bundle = bundles.find((each) => each.name === functionName)
    if (!bundle) throw new Error(`there is no bundle of ${functionName}`)
    return rowOf(name, what, bundle.bytes, taken)
  })
  return [rowOf('an empty function', 'nothing', { startup: 0, lazy: 0, assets: 0 }, ofNode), ...rows]
}

const kibibytes = (bytes: number) => formatNumber(bytes / 1024)

function coldTable(rows: readonly ColdRow[]): TextTable {
  return {
    title: 'Cold start: size of each function, import, first answer of a new process, and a warm answer',
    columns: [
      'function<',
      'startup KB',
      'lazy KB',
      'assets KB',
      'import ms',
      'range',
      'first answer ms',
      'range',
      'warm ms',
      'range',
      `within ${aimBytes / 1024} KB`,
      `within ${aimMs} ms`,
      'asked<',
    ],
    rows: rows.map(({ name, asked, bytes, importMs, coldMs, warmMs }) => [
      name,
      kibibytes(bytes.startup),
      kibibytes(bytes.lazy),
      kibibytes(bytes.assets),
      formatNumber(importMs.median),
      formatRange(importMs),
      formatNumber(coldMs.median),
      formatRange(coldMs),
      formatNumber(warmMs.median),
      formatRange(warmMs),
      formatAim(bytes.startup <= aimBytes),
      formatAim(importMs.median <= aimMs),
      asked,
    ]),
    terminalOnly: ['asked'],
    notes: [
      'startup: minified code that is read before the handler can run; lazy: loaded on first use; assets: WebAssembly, on first use too.',
      'import: of index.mjs, less that of an empty module.',
      'first answer: from the start of a new Node process to the answer of a signed request; warm: the handler alone, later on.',
      '      It stands for the part of a cold start that is ours: Node, our code, the connections to the stores and the read of the',
      '      access key. Lambda adds the sandbox and the download of the code, and gives 512 MB a third of a core.',
      'functions behind the API: the worker deletes an empty stack, the runner and the fetcher refuse a request, the sweeper finds',
      '      nothing due, the dead-letter function gives a deployment up; none of it needs an engine.',
    ],
  }
}

export const cold: Section = {
  name: 'cold',
  help: 'size and import time of each function, and a cold start up to the first answer, beside a warm one',
  measure: async (setting) => {
    const rows = await measureCold(setting)
    return { rows, tables: [coldTable(rows)] }
  },
}

/**
 * What each function weighs, and how long a process that starts anew takes to its first answer, beside what it takes once it
 * is warm. Every function is asked for what it is for, with a signed request and against the real stores of the local cloud.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BundledFunction, bundleFunctions } from '../../infra/bundle.ts'
import { signWith } from '../../shared/auth/sign.ts'
import { type BenchCloud, benchKey, withBenchCloud } from './bench-cloud.ts'
import { type FunctionBed, openFunctionBed } from './function-bed.ts'
import { type FunctionProcess, type Invocation, startFunctionProcess } from './function-process.ts'
import { jobAsks } from './job-events.ts'
import { operationAsks } from './operation-requests.ts'
import type { Section, Setting } from './section.ts'
import { signedEvent } from './signed-event.ts'
import { type Spread, spreadOf } from './statistics.ts'
import { openStores } from './stores.ts'
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

/** A function and what it is asked. */
interface Asked {
  readonly name: string
  /** Of its bundle. */
  readonly functionName: string
  readonly asked: string
  next(): Promise<object>
  /** @throws Error when it is not what was asked for */
  check(answer: unknown): void
}

async function everythingAsked(cloud: BenchCloud): Promise<{ all: Asked[]; close: () => void }> {
  const { table, blobs, close } = openStores(cloud)
  const sign = signWith(benchKey)
  // Of several ways to ask for an operation the last one is the longest but for the poll that finds nothing new.
  const asks = (await operationAsks(table, blobs, cloud)).filter(({ status }) => status !== 304)
  const ofOperations = [...new Map(asks.map((ask) => [ask.operation.id, ask])).values()].map((ask): Asked => {
    const { operation, status } = ask
    return {
      name: operation.operationId,
      functionName: operation.id,
      asked: ask.name.slice(operation.operationId.length).trim(),
      next: async () => signedEvent(sign, operation, await ask.next()),
      check: (answer) => {
        const { statusCode, body } = answer as { statusCode: number; body: string }
        if (statusCode !== status) throw new Error(`${ask.name} is answered ${statusCode}: ${body}`)
      },
    }
  })
  const ofJobs = jobAsks(table).map(({ name, what, next }): Asked => {
    const check = (answer: unknown) => {
      const { batchItemFailures = [] } = (answer ?? {}) as { batchItemFailures?: unknown[] }
      if (batchItemFailures.length > 0) throw new Error(`the ${name} gave its message back`)
    }
    return { name, functionName: name, asked: what, next, check }
  })
  return { all: [...ofOperations, ...ofJobs], close }
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

async function sample(bed: FunctionBed, all: readonly Asked[], { size, folder, progress }: Setting) {
  const empty = await emptyFunction(folder)
  const nothing = { next: async () => ({}), check: () => undefined }
  const [ofNode, samples] = [noSamples(), new Map(all.map(({ name }) => [name, noSamples()]))]
  for (let round = 0; round < roundsOf[size]; round += 1) {
    progress(`cold starts, round ${round + 1} of ${roundsOf[size]}`)
    await live(startFunctionProcess(empty, {}), nothing, ofNode, warmOf[size])
    for (const asked of all) {
      await live(bed.start(asked.functionName), asked, samples.get(asked.name) ?? noSamples(), warmOf[size])
    }
  }
  return { ofNode, samples }
}

async function measureCold(setting: Setting): Promise<ColdRow[]> {
  const bundles = await bundleFunctions({ outDir: join(setting.folder, 'bundles') })
  return withBenchCloud(setting, async (cloud) => {
    setting.progress('preparing stacks')
    const [bed, asked] = [await openFunctionBed(cloud, setting.assembly), await everythingAsked(cloud)]
    try {
      const { ofNode, samples } = await sample(bed, asked.all, setting)
      const base = spreadOf(ofNode.importMs).median
      const rowOf = (name: string, said: string, bytes: ColdRow['bytes'], taken: Samples): ColdRow => ({
        name,
        asked: said,
        bytes,
        importMs: spreadOf(taken.importMs.map((ms) => Math.max(0, ms - base))),
        coldMs: spreadOf(taken.coldMs),
        warmMs: spreadOf(taken.warmMs),
      })
      const rows = asked.all.map(({ name, functionName, asked: said }) => {
        const bundle = bundles.find((each) => each.name === functionName)
        if (!bundle) throw new Error(`there is no bundle of ${functionName}`)
        return rowOf(name, said, bundle.bytes, samples.get(name) ?? noSamples())
      })
      return [rowOf('an empty function', 'nothing', { startup: 0, lazy: 0, assets: 0 }, ofNode), ...rows]
    } finally {
      asked.close()
      bed.close()
    }
  })
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

/** What each function weighs, and how long a process that starts anew takes to import it. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { type BundledFunction, bundleFunctions } from '../../infra/bundle.ts'
import { type Spread, spreadOf } from './statistics.ts'
import { formatAim, formatNumber, formatRange, type TextTable } from './text-table.ts'

const aimBytes = 350 * 1024
const aimMs = 60

export interface BundleRow {
  readonly name: string
  readonly startupBytes: number
  readonly lazyBytes: number
  readonly assetBytes: number
  /** Less what importing an empty module takes. */
  readonly importMs: Spread
  readonly bytesAimMet: boolean
  readonly importAimMet: boolean
}

/** The runner asks for Lambda's streaming when it is imported; everything else asks for nothing. */
const importScript = `
globalThis.awslambda = { streamifyResponse: (handler) => handler }
const startedAt = performance.now()
await import(process.argv[1])
process.stdout.write(String(performance.now() - startedAt))
process.exit()`

/** Milliseconds that a new process takes to import a module, measured inside it: the start of Node itself is not in it. */
async function importOnce(modulePath: string): Promise<number> {
  const args = ['--input-type=module', '--eval', importScript, pathToFileURL(modulePath).href]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: {} })
  return Number(stdout)
}

function rowOf({ name, bytes }: BundledFunction, importMs: Spread): BundleRow {
  return {
    name,
    startupBytes: bytes.startup,
    lazyBytes: bytes.lazy,
    assetBytes: bytes.assets,
    importMs,
    bytesAimMet: bytes.startup <= aimBytes,
    importAimMet: importMs.median <= aimMs,
  }
}

/** @param folder for the bundles */
export async function measureBundles(
  folder: string,
  { quick, progress }: { quick: boolean; progress: (text: string) => void },
): Promise<BundleRow[]> {
  progress('bundling')
  const bundles = await bundleFunctions({ outDir: join(folder, 'bundles') })
  const empty = join(folder, 'empty.mjs')
  await writeFile(empty, 'export const handler = undefined\n')
  const rounds = quick ? 3 : 7
  const emptyMs: number[] = []
  const samples = new Map<string, number[]>(bundles.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    progress(`imports, round ${round + 1} of ${rounds}`)
    emptyMs.push(await importOnce(empty))
    for (const { name, folder: bundle } of bundles) {
      samples.get(name)?.push(await importOnce(join(bundle, 'index.mjs')))
    }
  }
  const base = spreadOf(emptyMs).median
  return bundles.map((each) => rowOf(each, spreadOf((samples.get(each.name) ?? []).map((ms) => ms - base))))
}

const kibibytes = (bytes: number) => formatNumber(bytes / 1024)

export function bundlesTable(rows: readonly BundleRow[]): TextTable {
  return {
    title: '3. Size and import time of each function',
    columns: [
      'function<',
      'startup KB',
      'lazy KB',
      'assets KB',
      'import ms',
      'range',
      `within ${aimBytes / 1024} KB`,
      `within ${aimMs} ms`,
    ],
    rows: rows.map((row) => [
      row.name,
      kibibytes(row.startupBytes),
      kibibytes(row.lazyBytes),
      kibibytes(row.assetBytes),
      formatNumber(row.importMs.median),
      formatRange(row.importMs),
      formatAim(row.bytesAimMet),
      formatAim(row.importAimMet),
    ]),
    notes: [
      'startup: minified code that is read before the handler can run; lazy: loaded on first use; assets: WebAssembly, on first use too.',
      'import: of index.mjs in a new process on this machine, less an empty module; median of 7. Lambda gives 512 MB a third of a core.',
    ],
  }
}

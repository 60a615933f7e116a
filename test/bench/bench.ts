/**
 * `npm run bench`: how fast the service is, each number beside the one it must be compared with, measured in turns in one run.
 * No time passes or fails: the exit code is 0 unless something broke.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, styleText } from 'node:util'
import { synthesize } from '../../infra/app.ts'
import { findEngine } from '../../shared/engine/engine-binary.ts'
import { describeMachine, loadOfLastMinute, type Machine } from './machine.ts'
import { writePlaces } from './markdown.ts'
import { placesOf } from './report.ts'
import type { Section, Setting } from './section.ts'
import { sections } from './sections.ts'
import { formatTable } from './text-table.ts'

const help = `Usage: npm run bench -- [options]

Measures the service on local clouds of its own:
${sections.map(({ name, help: text }) => `  ${name.padEnd(12)}${text}`).join('\n')}

  --only NAME      one of them; may be given several times
  --quick          fewer rounds and smaller sizes: a look, not a measurement
  --json FILE      also write everything, with every sample, as JSON
  --markdown FILE  also write the tables into the places of a document, such as README.md, or into a new one
  --help

Needs an engine on PATH (tofu or terraform, or RFS_ENGINE). All of it takes about twelve minutes, --quick about three, best on
a machine that does nothing else. Leaves nothing behind.`

function readOptions() {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      only: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      markdown: { type: 'string' },
    },
  })
  const unknown = values.only.find((name) => !sections.some((section) => section.name === name))
  if (unknown !== undefined) {
    throw new Error(`--only ${unknown}: choose among ${sections.map(({ name }) => name).join(', ')}`)
  }
  return { ...values, chosen: sections.filter(({ name }) => values.only.length === 0 || values.only.includes(name)) }
}

/** One line on a terminal that is written over again and again; nothing where output goes to a file. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${styleText('dim', text)}`)
}

/** Measures, prints, and keeps the result with the load it was measured under. */
async function runSection({ name, measure }: Section, setting: Setting) {
  const [loadBefore, startedAtMs] = [loadOfLastMinute(), Date.now()]
  const { rows, tables } = await measure(setting)
  const [loadAfter, seconds] = [loadOfLastMinute(), Math.round((Date.now() - startedAtMs) / 1000)]
  progress('')
  for (const table of tables) console.log(`\n${formatTable(table)}`)
  console.log(`load: ${loadBefore} before, ${loadAfter} after; took ${seconds} s`)
  return { name, loadBefore, loadAfter, seconds, rows, tables }
}

function printMachine({ cores, processor, memoryGibibytes, system, node, engine, services }: Machine): void {
  console.log(
    [
      `machine: ${cores} cores (${processor}), ${memoryGibibytes} GB, ${system}`,
      `runs:    Node ${node}, ${engine}, ${services}`,
      'Times in milliseconds: the median, and the lowest and highest. Both sides of a comparison run in turns.',
    ].join('\n'),
  )
}

async function main(): Promise<void> {
  const options = readOptions()
  if (options.help) {
    console.log(help)
    return
  }
  // Leads to the `exit` event, at which the clouds end their engines.
  process.once('SIGINT', () => process.exit(130))
  const startedAt = new Date()
  const engine = await findEngine({ chosen: process.env.RFS_ENGINE, searchPath: process.env.PATH })
  const machine = await describeMachine(engine)
  printMachine(machine)
  const folder = await mkdtemp(join(tmpdir(), 'rfs-bench-'))
  try {
    progress('synthesizing')
    const assembly = await synthesize(join(folder, 'cdk.out'))
    const setting: Setting = { size: options.quick ? 'quick' : 'full', folder, engine, assembly, progress }
    const results: Awaited<ReturnType<typeof runSection>>[] = []
    for (const section of options.chosen) results.push(await runSection(section, setting))
    const report = { startedAt: startedAt.toISOString(), quick: options.quick, machine, sections: results }
    if (options.json) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`)
    if (options.markdown) await writePlaces(options.markdown, placesOf(report))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  console.log(`\nTook ${Math.round((Date.now() - startedAt.getTime()) / 1000)} s.`)
}

await main()

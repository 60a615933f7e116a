/**
 * `npm run bench`: how fast the service is, each number beside the one it must be compared with, measured in turns in one run.
 * No time passes or fails: the exit code is 0 unless something broke.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, styleText } from 'node:util'
import { findEngine } from '../../shared/engine/engine-binary.ts'
import { startBenchCloud } from './bench-cloud.ts'
import { bundlesTable, measureBundles } from './bundles.ts'
import { commandsTable, measureCommands } from './commands.ts'
import { deployTable, measureDeployments } from './deploy.ts'
import { describeMachine, loadOfLastMinute, type Machine } from './machine.ts'
import { measureSoftware, softwareTable } from './software.ts'
import { formatTable, type TextTable } from './text-table.ts'

const help = `Usage: npm run bench -- [options]

Measures the service on a local cloud of its own:
  deploy    from the request to the final status, against the bare engine on the same template
  commands  each operation over HTTP, against the bare store, bucket and queue calls it makes
  bundles   size and import time of each function
  software  requests per second and store calls per request of software configs, deployments and metadata polls

  --only deploy|commands|bundles|software   one of them; may be given several times
  --quick                          fewer rounds and no large stacks: a look, not a measurement
  --json FILE                      also write everything, with every sample, as JSON
  --help

Needs an engine on PATH (tofu or terraform, or RFS_ENGINE). All of it takes about five minutes, best on a machine that does
nothing else. Leaves nothing behind.`

const sectionNames = ['deploy', 'commands', 'bundles', 'software'] as const
type SectionName = (typeof sectionNames)[number]

function isSectionName(text: string): text is SectionName {
  return (sectionNames as readonly string[]).includes(text)
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      only: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  })
  const unknown = values.only.find((text) => !isSectionName(text))
  if (unknown !== undefined) throw new Error(`--only ${unknown}: choose among ${sectionNames.join(', ')}`)
  const only = values.only.filter(isSectionName)
  return { ...values, sections: only.length > 0 ? new Set(only) : new Set(sectionNames) }
}

/** One line on a terminal that is written over again and again; nothing where output goes to a file. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${styleText('dim', text)}`)
}

interface Section {
  readonly rows: unknown
  readonly table: TextTable
}

/** Measures, prints, and keeps the result with the load it was measured under. */
async function runSection(name: SectionName, measure: () => Promise<Section>) {
  const loadBefore = loadOfLastMinute()
  const { rows, table } = await measure()
  const loadAfter = loadOfLastMinute()
  progress('')
  const load = `load: ${loadBefore} before, ${loadAfter} after`
  console.log(`\n${formatTable({ ...table, notes: [...table.notes, load] })}`)
  return { name, loadBefore, loadAfter, rows }
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

async function measureAll(sections: ReadonlySet<SectionName>, quick: boolean, folder: string, engine: string) {
  const options = { quick, progress }
  const results: Awaited<ReturnType<typeof runSection>>[] = []
  if (sections.has('deploy') || sections.has('commands')) {
    const cloud = await startBenchCloud(folder)
    try {
      if (sections.has('deploy')) {
        const measure = async () => {
          const rows = await measureDeployments({ cloud, engine, folder }, options)
          return { rows, table: deployTable(rows) }
        }
        results.push(await runSection('deploy', measure))
      }
      if (sections.has('commands')) {
        const measure = async () => {
          const rows = await measureCommands({ cloud, folder }, options)
          return { rows, table: commandsTable(rows) }
        }
        results.push(await runSection('commands', measure))
      }
    } finally {
      await cloud.stop()
    }
  }
  if (sections.has('bundles')) {
    const measure = async () => {
      const rows = await measureBundles(folder, options)
      return { rows, table: bundlesTable(rows) }
    }
    results.push(await runSection('bundles', measure))
  }
  if (sections.has('software')) {
    const measure = async () => {
      const rows = await measureSoftware(folder, options)
      return { rows, table: softwareTable(rows) }
    }
    results.push(await runSection('software', measure))
  }
  return results
}

async function main(): Promise<void> {
  const options = readOptions()
  if (options.help) {
    console.log(help)
    return
  }
  // Leads to the `exit` event, at which the cloud ends its engines.
  process.once('SIGINT', () => process.exit(130))
  const startedAt = new Date()
  const engine = await findEngine({ chosen: process.env.RFS_ENGINE, searchPath: process.env.PATH })
  const machine = await describeMachine(engine)
  printMachine(machine)
  const folder = await mkdtemp(join(tmpdir(), 'rfs-bench-'))
  try {
    const results = await measureAll(options.sections, options.quick, folder, engine)
    if (options.json) {
      const report = { startedAt: startedAt.toISOString(), quick: options.quick, machine, sections: results }
      await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  console.log(`\nTook ${Math.round((Date.now() - startedAt.getTime()) / 1000)} s.`)
}

await main()

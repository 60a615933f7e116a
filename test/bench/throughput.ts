/**
 * Many stacks at once, one resource each, against the bare engine on as many templates, in turns. The bare engine runs in as
 * many processes at once as the template lets workers run; the other stacks wait on either side.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { readCloudModel } from '../../infra/local/cloud-model.ts'
import { resolveResources } from '../../infra/local/resolved-resource.ts'
import { readAssembly } from '../../infra/local/template.ts'
import type { Client } from '../../shared/contract/client.ts'
import { ListStacks } from '../../shared/contract/stack-reads.ts'
import { CreateStack } from '../../shared/contract/stacks.ts'
import { openBareEngine } from './bare-engine.ts'
import { type BenchCloud, must, projectId, withBenchCloud } from './bench-cloud.ts'
import { smallTemplate } from './command-scene.ts'
import type { Section, Setting } from './section.ts'
import { alternately, type Spread, spreadOf } from './statistics.ts'
import { formatNumber, formatRange, formatRatio, type TextTable } from './text-table.ts'

const pollMs = 50

interface Batch {
  /** Created at once. */
  readonly stacks: number
  readonly rounds: number
}

const batchesOf: Readonly<Record<Setting['size'], readonly Batch[]>> = {
  full: [
    { stacks: 1, rounds: 5 },
    { stacks: 10, rounds: 3 },
    { stacks: 50, rounds: 2 },
  ],
  quick: [
    { stacks: 1, rounds: 2 },
    { stacks: 10, rounds: 1 },
  ],
  tiny: [{ stacks: 2, rounds: 1 }],
}

/** How a batch went: until its last stack was ready, and each stack from the common start on. Milliseconds. */
interface Took {
  readonly allMs: number
  readonly eachMs: readonly number[]
}

export interface ThroughputRow extends Batch {
  readonly bare: { readonly allMs: Spread; readonly eachMs: Spread }
  readonly ours: { readonly allMs: Spread; readonly eachMs: Spread }
}

/** Runs so many jobs, at most `atOnce` at the same time. */
async function runBounded(count: number, atOnce: number, job: (at: number) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < count) {
      next += 1
      await job(next - 1)
    }
  }
  await Promise.all(Array.from({ length: Math.min(count, atOnce) }, lane))
}

async function applyBare({ engine, folder }: Setting, stacks: number, atOnce: number): Promise<Took> {
  const engines = await Promise.all(Array.from({ length: stacks }, () => openBareEngine(engine, folder)))
  const [eachMs, startedAtMs]: [number[], number] = [[], performance.now()]
  await runBounded(stacks, atOnce, async (at) => {
    await engines[at]?.apply(smallTemplate)
    eachMs.push(performance.now() - startedAtMs)
  })
  const allMs = performance.now() - startedAtMs
  await Promise.all(engines.map((each) => each.remove()))
  return { allMs, eachMs }
}

/** @throws Error when a stack does not deploy */
async function createOurs(client: Client, stacks: number): Promise<Took> {
  const waiting = new Set(Array.from({ length: stacks }, () => `at-once-${randomUUID()}`))
  const path = { project_id: projectId }
  const [eachMs, startedAtMs]: [number[], number] = [[], performance.now()]
  const created = [...waiting].map(async (stack_name) =>
    must(await client.call(CreateStack, { path, body: { stack_name, template_body: smallTemplate } })),
  )
  await Promise.all(created)
  while (waiting.size > 0) {
    const listed = must(await client.call(ListStacks, { path, query: { limit: Math.max(10, stacks) } })).stacks
    const nowMs = performance.now()
    for (const { stack_name: name, status, status_message: message } of listed) {
      if (!waiting.has(name) || status === 'DEPLOYMENT_IN_PROGRESS') continue
      if (status !== 'DEPLOYMENT_COMPLETE') throw new Error(`stack ${name} is ${status}: ${message}`)
      waiting.delete(name)
      eachMs.push(nowMs - startedAtMs)
    }
    if (waiting.size > 0) await sleep(pollMs)
  }
  return { allMs: performance.now() - startedAtMs, eachMs }
}

/** Jobs that the template lets run at the same time. */
async function jobConcurrency({ parameters, endpoints }: BenchCloud, assemblyFolder: string): Promise<number> {
  const assembly = await readAssembly(assemblyFolder)
  const model = readCloudModel(resolveResources(assembly, parameters, endpoints.sqs), assembly.assetFolders)
  const worker = model.eventSources.find(({ functionName }) => functionName.startsWith('FunctionsWorker'))
  if (!worker) throw new Error('the template feeds no worker')
  return worker.maximumConcurrency
}

const spreads = (took: readonly Took[]) => ({
  allMs: spreadOf(took.map(({ allMs }) => allMs)),
  eachMs: spreadOf(took.flatMap(({ eachMs }) => eachMs)),
})

interface Measured {
  readonly atOnce: number
  readonly rows: readonly ThroughputRow[]
}

async function measureThroughput(cloud: BenchCloud, setting: Setting): Promise<Measured> {
  const atOnce = await jobConcurrency(cloud, setting.assembly)
  const batches = batchesOf[setting.size]
  setting.progress('warming up')
  // As many workers and runners as there will ever be.
  if (setting.size !== 'tiny') await createOurs(cloud.client, atOnce)
  const rows: ThroughputRow[] = []
  for (const { stacks, rounds } of batches) {
    const [bare, ours]: [Took[], Took[]] = [[], []]
    for (let round = 0; round < rounds; round += 1) {
      setting.progress(`${stacks} stacks at once, round ${round + 1} of ${rounds}`)
      await alternately(
        round,
        async () => void bare.push(await applyBare(setting, stacks, atOnce)),
        async () => void ours.push(await createOurs(cloud.client, stacks)),
      )
    }
    rows.push({ stacks, rounds, bare: spreads(bare), ours: spreads(ours) })
  }
  return { atOnce, rows }
}

const perMinute = (stacks: number, ms: number) => formatNumber((stacks * 60_000) / ms)

function throughputTable({ atOnce, rows }: Measured): TextTable {
  return {
    title: 'Throughput: stacks of one resource created at once, against the bare engine',
    columns: [
      'stacks at once',
      'rounds',
      'bare stacks/min',
      'ours stacks/min',
      'ratio',
      'bare ms until ready',
      'range',
      'ours ms until ready',
      'range',
      'over bare ms/stack',
    ],
    rows: rows.map(({ stacks, rounds, bare, ours }) => [
      String(stacks),
      String(rounds),
      perMinute(stacks, bare.allMs.median),
      perMinute(stacks, ours.allMs.median),
      formatRatio(bare.allMs.median / ours.allMs.median),
      formatNumber(bare.eachMs.median),
      formatRange(bare.eachMs),
      formatNumber(ours.eachMs.median),
      formatRange(ours.eachMs),
      formatNumber((ours.allMs.median - bare.allMs.median) / stacks),
    ]),
    notes: [
      `bare: \`init\` and \`apply\` in a folder for each stack, at most ${atOnce} at once, as the template lets at most ${atOnce} workers run.`,
      `ours: all CreateStack requests at once; one ListStacks every ${pollMs} ms says which stacks are ready.`,
      'until ready: of one stack, from the start of the batch, its time in the queue included.',
      'Here the engines, the workers and the stores share the cores, so more at once is no faster; in the cloud each run has its own.',
    ],
  }
}

export const throughput: Section = {
  name: 'throughput',
  help: 'stacks created at once, against as many bare engines at once as workers may run',
  measure: (setting) =>
    withBenchCloud(setting, async (cloud) => {
      const measured = await measureThroughput(cloud, setting)
      return { rows: measured, tables: [throughputTable(measured)] }
    }),
}

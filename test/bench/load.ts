/**
 * How long reads take over HTTP while deployments are under way. A deployment that ends is followed by another one, so that
 * there are always so many; each mostly waits, as deployments of real resources do.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as reads from '../../shared/contract/stack-reads.ts'
import { CreateStack } from '../../shared/contract/stacks.ts'
import { softwareActions } from '../support/software-actions.ts'
import { slowChain } from '../support/templates.ts'
import {
  type BenchCloud,
  benchKey,
  listedProject,
  must,
  pathOf,
  projectId,
  waitForEnd,
  withBenchCloud,
} from './bench-cloud.ts'
import { listedStacks, setListedStacks, shownTemplate } from './command-scene.ts'
import type { Section, Setting } from './section.ts'
import { percentile, timed } from './statistics.ts'
import { formatNumber, type TextTable } from './text-table.ts'

/** Of each deployment. */
const steps = 4
const stepSeconds = 2

interface Level {
  readonly deployments: number
  readonly seconds: number
}

const levelsOf: Readonly<Record<Setting['size'], readonly Level[]>> = {
  full: [0, 10, 50].map((deployments) => ({ deployments, seconds: 15 })),
  quick: [0, 10].map((deployments) => ({ deployments, seconds: 5 })),
  tiny: [{ deployments: 0, seconds: 0.3 }],
}
/** Between an answer and the next question of the same kind. */
const pauseMs = 20
const warmRequestsOf = { full: 100, quick: 20, tiny: 1 } as const

export interface LoadRow {
  readonly read: string
  readonly deployments: number
  readonly samples: readonly number[]
}

type Read = () => Promise<unknown>

async function prepareReads({ client, listedClient, baseUrl }: BenchCloud): Promise<Readonly<Record<string, Read>>> {
  const software = softwareActions(baseUrl, benchKey)
  const { id: config_id } = await software.config({ name: 'load', config: 'echo hello' })
  await software.deployment({ config_id, server_id: 'loaded' })
  const { etag } = await software.poll('loaded')
  await setListedStacks(listedClient)
  const body = { stack_name: 'shown', template_body: shownTemplate, vars_body: 'greeting = "Good day"' }
  must(await client.call(CreateStack, { path: { project_id: projectId }, body }))
  await waitForEnd(client, 'shown', 'DEPLOYMENT_COMPLETE', pauseMs)
  const path = pathOf('shown')
  return {
    GetStackMetadata: async () => must(await client.call(reads.GetStackMetadata, { path })),
    ListStackEvents: async () => must(await client.call(reads.ListStackEvents, { path })),
    ListStacks: async () => must(await listedClient.call(reads.ListStacks, { path: { project_id: listedProject } })),
    'metadata poll': async () => {
      const { status } = await software.poll('loaded', etag)
      if (status !== 304) throw new Error(`an unchanged server is answered ${status}`)
    },
  }
}

/** Keeps so many deployments under way until it is told to stop; what is under way then is left to the end of the cloud. */
function keepDeploying({ client }: BenchCloud, { folder }: Setting, deployments: number) {
  const template_body = slowChain(steps, stepSeconds, join(folder, 'steps'))
  let [stopping, failure]: [boolean, unknown] = [false, undefined]
  const create = async () => {
    const stack_name = `under-way-${randomUUID()}`
    must(await client.call(CreateStack, { path: { project_id: projectId }, body: { stack_name, template_body } }))
    return stack_name
  }
  const replace = async (first: string) => {
    let name = first
    while (!stopping) {
      // The waiting itself must not be what is measured.
      await sleep(1000)
      const { status } = must(await client.call(reads.GetStackMetadata, { path: pathOf(name) }))
      if (status === 'DEPLOYMENT_FAILED') throw new Error(`stack ${name} failed to deploy`)
      if (status === 'DEPLOYMENT_COMPLETE' && !stopping) name = await create()
    }
  }
  const start = async () => {
    for (let count = 0; count < deployments; count += 1) {
      replace(await create()).catch((error) => {
        failure ??= error
      })
      // Not all at once, and not all in step with each other for ever after.
      await sleep((steps * stepSeconds * 1000) / deployments)
    }
  }
  return {
    started: start(),
    stop: () => {
      stopping = true
      if (failure !== undefined) throw failure
    },
  }
}

async function measureLevel(cloud: BenchCloud, setting: Setting, { deployments, seconds }: Level): Promise<LoadRow[]> {
  const all = Object.entries(await prepareReads(cloud))
  for (let count = 0; count < warmRequestsOf[setting.size]; count += 1) for (const [, read] of all) await read()
  const deploying = keepDeploying(cloud, setting, deployments)
  await deploying.started
  const endsAtMs = performance.now() + seconds * 1000
  const rows = await Promise.all(
    all.map(async ([read, send]): Promise<LoadRow> => {
      const samples: number[] = []
      while (performance.now() < endsAtMs) {
        samples.push(await timed(send))
        await sleep(pauseMs)
      }
      return { read, deployments, samples }
    }),
  )
  deploying.stop()
  return rows
}

async function measureLoad(setting: Setting): Promise<LoadRow[]> {
  const rows: LoadRow[] = []
  for (const level of levelsOf[setting.size]) {
    setting.progress(`reads while ${level.deployments} deployments are under way`)
    rows.push(...(await withBenchCloud(setting, (cloud) => measureLevel(cloud, setting, level))))
  }
  return rows
}

function loadTable(rows: readonly LoadRow[]): TextTable {
  const sorted = [...Map.groupBy(rows, ({ read }) => read).values()].flat()
  return {
    title: 'Latency of reads while deployments are under way',
    columns: ['read<', 'deployments', 'samples', 'p50 ms', 'p95 ms', 'max ms'],
    rows: sorted.map(({ read, deployments, samples }) => [
      read,
      String(deployments),
      String(samples.length),
      ...[50, 95, 100].map((percent) => formatNumber(percentile(samples, percent))),
    ]),
    notes: [
      `Four readers at once, one of each kind, over HTTP and signed; each asks again ${pauseMs} ms after its answer.`,
      `deployments: always so many, each of ${steps} resources that take ${stepSeconds} s one after the other; 10 run at a time, the others wait.`,
      `GetStackMetadata, ListStackEvents: a stack of 10 resources and all its events; ListStacks: ${listedStacks} stacks; metadata poll: nothing new.`,
      'The engines, their workers and the stores share the cores with what answers the reads; in the cloud only the table is shared.',
    ],
  }
}

export const load: Section = {
  name: 'load',
  help: 'latency of reads while 0, 10 and 50 deployments are under way',
  measure: async (setting) => {
    const rows = await measureLoad(setting)
    return { rows, tables: [loadTable(rows)] }
  },
}

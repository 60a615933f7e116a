/**
 * A deployment over HTTP against the bare engine on the same template, in turns. The service's time is what a client sees:
 * from its request to the answer of GetStackMetadata that shows the final status, asked for every 20 ms.
 */
import type { Client } from '../../shared/contract/client.ts'
import { ApplyExecutionPlan, CreateExecutionPlan } from '../../shared/contract/execution-plans.ts'
import { ListStackResources } from '../../shared/contract/stack-reads.ts'
import { CreateStack, DeleteStack, DeployStack } from '../../shared/contract/stacks.ts'
import { openBareEngine } from './bare-engine.ts'
import { type BenchCloud, must, pathOf, projectId, waitForEnd, waitForPlan, withBenchCloud } from './bench-cloud.ts'
import type { Section, Setting } from './section.ts'
import { alternately, type Spread, spreadOf, timed } from './statistics.ts'
import { formatAim, formatNumber, formatRange, formatRatio, type TextTable } from './text-table.ts'

/** The aim: at most this much longer than the bare engine. */
const aimRatio = 1.15
const aimExtraMs = 300
const pollMs = 20

type Action = 'create' | 'update' | 'delete' | 'plan' | 'apply plan'

/** The measured part of a stack's life, in its order, and how often it is lived. */
interface Life {
  readonly resources: number
  readonly actions: readonly Action[]
  readonly rounds: number
}

const wholeLife = ['create', 'update', 'delete'] as const
const planned = ['plan', 'apply plan'] as const
const fullLives: readonly Life[] = [
  { resources: 1, actions: ['create'], rounds: 7 },
  { resources: 100, actions: wholeLife, rounds: 5 },
  { resources: 500, actions: ['create'], rounds: 3 },
  { resources: 1, actions: planned, rounds: 7 },
  { resources: 100, actions: planned, rounds: 5 },
  { resources: 500, actions: planned, rounds: 3 },
]
const quickLives: readonly Life[] = [
  { resources: 1, actions: ['create'], rounds: 3 },
  { resources: 100, actions: wholeLife, rounds: 2 },
  { resources: 100, actions: planned, rounds: 2 },
]
const livesOf = {
  full: fullLives,
  quick: quickLives,
  tiny: [{ resources: 1, actions: ['create'], rounds: 1 }],
} as const

export interface DeployRow {
  readonly action: Action
  readonly resources: number
  readonly rounds: number
  readonly bareMs: Spread
  readonly oursMs: Spread
  readonly ratio: number
  readonly overheadMs: number
  readonly aimMs: number
  readonly aimMet: boolean
}

/** Blocks of their own, as people write them, so that the service's own reading of the template counts too. */
function templateOf(resources: number, word: string): string {
  const block = (at: number) => `resource "terraform_data" "r${at}" {\n  input = "${word} ${at}"\n}\n`
  return Array.from({ length: resources }, (_, at) => block(at)).join('\n')
}

const planName = 'bench'

type Side = Readonly<Record<Action, (resources: number) => Promise<number>>>

async function openBareSide(engine: string, folder: string): Promise<Side & { close(): Promise<void> }> {
  const bare = await openBareEngine(engine, folder)
  return {
    create: (resources) => bare.apply(templateOf(resources, 'first')),
    update: (resources) => bare.apply(templateOf(resources, 'second')),
    delete: () => bare.destroy(),
    plan: (resources) => bare.plan(templateOf(resources, 'first')),
    'apply plan': () => bare.applyPlan(),
    close: bare.remove,
  }
}

function oursSide(client: Client, stackName: string): Side {
  const path = pathOf(stackName)
  return {
    create: async (resources) => {
      const body = { stack_name: stackName, template_body: templateOf(resources, 'first') }
      const took = await timed(async () => {
        must(await client.call(CreateStack, { path: { project_id: projectId }, body }))
        await waitForEnd(client, stackName, 'DEPLOYMENT_COMPLETE', pollMs)
      })
      await expectResources(client, stackName, resources)
      return took
    },
    update: (resources) => {
      const body = { template_body: templateOf(resources, 'second') }
      return timed(async () => {
        must(await client.call(DeployStack, { path, body }))
        await waitForEnd(client, stackName, 'DEPLOYMENT_COMPLETE', pollMs)
      })
    },
    delete: () =>
      timed(async () => {
        must(await client.call(DeleteStack, { path }))
        await waitForEnd(client, stackName, 'gone', pollMs)
      }),
    plan: async (resources) => {
      // Of an empty stack, whose creation is not measured.
      must(await client.call(CreateStack, { path: { project_id: projectId }, body: { stack_name: stackName } }))
      const body = { execution_plan_name: planName, template_body: templateOf(resources, 'first') }
      return timed(async () => {
        must(await client.call(CreateExecutionPlan, { path, body }))
        await waitForPlan(client, { ...path, execution_plan_name: planName }, pollMs)
      })
    },
    'apply plan': (resources) =>
      timed(async () => {
        must(await client.call(ApplyExecutionPlan, { path: { ...path, execution_plan_name: planName } }))
        await waitForEnd(client, stackName, 'DEPLOYMENT_COMPLETE', pollMs)
      }).then(async (took) => {
        await expectResources(client, stackName, resources)
        return took
      }),
  }
}

/** What was measured must have happened. */
async function expectResources(client: Client, stackName: string, expected: number): Promise<void> {
  const { stack_resources: found } = must(await client.call(ListStackResources, { path: pathOf(stackName) }))
  if (found.length !== expected) throw new Error(`${stackName} has ${found.length} resources instead of ${expected}`)
}

export interface Sides extends Pick<Setting, 'engine' | 'folder'> {
  readonly cloud: BenchCloud
}

/** Lives a life once on both sides; every action in turns, so that both see the same minute of the machine. */
export async function live(
  { cloud, engine, folder }: Sides,
  { resources, actions }: Omit<Life, 'rounds'>,
  name: string,
  round: number,
) {
  const bare = await openBareSide(engine, folder)
  const ours = oursSide(cloud.client, name)
  const took: { action: Action; bareMs: number; oursMs: number }[] = []
  for (const action of actions) {
    let [bareMs, oursMs] = [0, 0]
    await alternately(
      round,
      async () => {
        bareMs = await bare[action](resources)
      },
      async () => {
        oursMs = await ours[action](resources)
      },
    )
    took.push({ action, bareMs, oursMs })
  }
  await bare.close()
  return took
}

function rowOf(action: Action, resources: number, bareMs: Spread, oursMs: Spread): DeployRow {
  const aimMs = aimRatio * bareMs.median + aimExtraMs
  return {
    action,
    resources,
    rounds: oursMs.samples.length,
    bareMs,
    oursMs,
    ratio: oursMs.median / bareMs.median,
    overheadMs: oursMs.median - bareMs.median,
    aimMs,
    aimMet: oursMs.median <= aimMs,
  }
}

/** So that no measured life pays for code that runs for the first time. */
export async function warmUpLives(sides: Sides): Promise<void> {
  await live(sides, { resources: 2, actions: wholeLife }, 'warm', 0)
  await live(sides, { resources: 2, actions: planned }, 'warm-plan', 0)
}

async function measureDeployments(sides: Sides, { size, progress }: Setting): Promise<DeployRow[]> {
  progress('warming up')
  if (size !== 'tiny') await warmUpLives(sides)
  const rows: DeployRow[] = []
  for (const [at, life] of livesOf[size].entries()) {
    const took: Awaited<ReturnType<typeof live>> = []
    for (let round = 0; round < life.rounds; round += 1) {
      progress(`${life.resources} resources, round ${round + 1} of ${life.rounds}`)
      took.push(...(await live(sides, life, `life-${at}-${round}`, round)))
    }
    for (const action of life.actions) {
      const samples = took.filter((each) => each.action === action)
      const bareMs = spreadOf(samples.map((each) => each.bareMs))
      rows.push(rowOf(action, life.resources, bareMs, spreadOf(samples.map((each) => each.oursMs))))
    }
  }
  return rows
}

function deployTable(rows: readonly DeployRow[]): TextTable {
  return {
    title: 'Deployments: from the request to the final status, against the bare engine on the same template',
    columns: [
      'stack<',
      'rounds',
      'bare ms',
      'range',
      'ours ms',
      'range',
      'ratio',
      'overhead ms',
      'aim ms',
      'within the aim',
    ],
    rows: rows.map((row) => [
      `${row.action} ${row.resources}`,
      String(row.rounds),
      formatNumber(row.bareMs.median),
      formatRange(row.bareMs),
      formatNumber(row.oursMs.median),
      formatRange(row.oursMs),
      formatRatio(row.ratio),
      formatNumber(row.overheadMs),
      formatNumber(row.aimMs),
      formatAim(row.aimMet),
    ]),
    notes: [
      'bare: `init -input=false` and `apply -auto-approve -json` (delete: `apply -destroy`), no checkpoint call, output read.',
      '      plan: `init` and `plan -out`; apply plan: `apply FILE`. Ours: to AVAILABLE, and from there to the final status.',
      '      create: in an empty folder; update and delete: in the same one, with its state. Update changes every resource in place.',
      `ours: from sending the request to the answer of GetStackMetadata with the final status (delete: 404), asked for every ${pollMs} ms.`,
      '      The client, the gateway, the table, the queue and the bucket share the cores with the engine; in the cloud they do not.',
      `aim:  at most ${aimRatio} x bare + ${aimExtraMs} ms. Medians; resources are terraform_data, a block each.`,
    ],
  }
}

export const deploy: Section = {
  name: 'deploy',
  help: 'from the request to the final status, against the bare engine on the same template',
  measure: (setting) =>
    withBenchCloud(setting, async (cloud) => {
      const { engine, folder } = setting
      const rows = await measureDeployments({ cloud, engine, folder }, setting)
      return { rows, tables: [deployTable(rows)] }
    }),
}

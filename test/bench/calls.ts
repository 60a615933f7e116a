/**
 * What each operation asks of table, bucket, queue and keys, counted by servers that everything passes, and what that costs
 * at list prices, with API Gateway and the function's own time. The same for one whole deployment.
 */
import { readAssembly } from '../../infra/local/template.ts'
import { GetStackMetadata } from '../../shared/contract/stack-reads.ts'
import { type Asked, jobAsked, operationAsked } from './asked.ts'
import { type BenchCloud, withBenchCloud } from './bench-cloud.ts'
import { type Deployed, deploymentsTable, pollsTable, restTable } from './cost-tables.ts'
import { functionCost, storeCosts, totalOf } from './costs.ts'
import { type FunctionBed, openFunctionBed } from './function-bed.ts'
import { jobAsks } from './job-events.ts'
import { type MeteredStores, meterStores } from './metered-stores.ts'
import { askedSizes, operationAsks } from './operation-requests.ts'
import { costOf, pricesOf } from './prices.ts'
import type { Section, Setting } from './section.ts'
import { type Spread, spreadOf } from './statistics.ts'
import { openStores } from './stores.ts'
import { formatDollars, formatNumber, type TextTable } from './text-table.ts'
import { describeCalls, sumOf, type Usage } from './usage.ts'
import { countDeployment, type DeploymentUse } from './whole-deployment.ts'

const samplesOf = { full: 15, quick: 5, tiny: 1 } as const
/** A minute of engine, which is what the README's costs are about; less of it counts fewer snapshots of the state. */
const deploymentOf = {
  full: { resources: 10, secondsEach: 6 },
  quick: { resources: 10, secondsEach: 0.3 },
  tiny: { resources: 1, secondsEach: 0 },
} as const

export interface CallsRow {
  readonly name: string
  readonly usage: Usage
  /** Of the handler, warm. Absent for what is only a part of a request. */
  readonly ms?: Spread
  readonly memoryMegabytes: number
  /** Behind API Gateway. */
  readonly api: boolean
  /** Of the function, for one request. */
  readonly logBytes: number
}

interface Found {
  readonly rows: readonly CallsRow[]
  readonly deployment: DeploymentUse
  readonly deployed: Deployed
}

interface Counting {
  readonly bed: FunctionBed
  readonly meter: MeteredStores
  readonly samples: number
}

/** The first request of a process reads what later ones know already; it counts as `first`. */
async function countOne({ bed, meter, samples }: Counting, asked: Asked): Promise<{ row: CallsRow; first: Usage }> {
  const started = bed.start(asked.functionName)
  const invoke = async (event: object) => {
    const invocation = await started.invoke(event)
    asked.check(invocation.answer)
    return invocation
  }
  const [firstEvent, event] = [await asked.next(), await asked.next()]
  const first = await meter.during(() => invoke(firstEvent))
  const { result, usage } = await meter.during(() => invoke(event))
  const times: number[] = []
  for (let count = 0; count < samples; count += 1) times.push((await invoke(await asked.next())).ms)
  await started.stop()
  const { api, functionName, what } = asked
  const name = what === '' ? asked.name : `${asked.name}${api ? '' : ':'} ${what}`
  const memoryMegabytes = bed.memoryMegabytes(functionName)
  const logBytes = result.logBytes - first.result.logBytes
  return { row: { name, usage, ms: spreadOf(times), memoryMegabytes, api, logBytes }, first: first.usage }
}

/** What a function asks once for each caller and five minutes: the difference between its first request and a later one. */
function onceForCaller({ row, first }: Awaited<ReturnType<typeof countOne>>): CallsRow {
  const { usage } = row
  const rest = [...first.calls]
  for (const name of usage.calls) rest.splice(rest.indexOf(name), 1)
  const more = {
    calls: rest,
    readUnits: first.readUnits - usage.readUnits,
    keyRequests: first.keyRequests - usage.keyRequests,
  }
  const { ms: _none, ...plain } = row
  return { ...plain, name: 'a caller, once in 5 minutes and function', usage: sumOf(more), api: false, logBytes: 0 }
}

async function countAll(cloud: BenchCloud, counting: Counting, progress: Setting['progress']): Promise<CallsRow[]> {
  const { table, blobs, close } = openStores(cloud)
  const count = (asked: Asked) => {
    progress(`counting ${asked.name}`)
    return countOne(counting, asked)
  }
  try {
    const [ofJobs, ofOperations]: [CallsRow[], CallsRow[]] = [[], []]
    // Before anything is left waiting for the sweeper.
    for (const ask of jobAsks(table)) ofJobs.push((await count(jobAsked(ask))).row)
    for (const ask of await operationAsks(table, blobs, cloud)) {
      const counted = await count(operationAsked(ask))
      if (ask.name === GetStackMetadata.operationId) ofOperations.unshift(onceForCaller(counted))
      ofOperations.push(counted.row)
    }
    return [...ofOperations, ...ofJobs]
  } finally {
    close()
  }
}

async function readDeployed(assembly: string, bed: FunctionBed): Promise<Deployed> {
  const { template } = await readAssembly(assembly)
  const all = Object.entries(template.Resources)
  const countOf = (type: string) => all.filter(([, { Type }]) => Type === type).length
  const [, runner] = all.find(([id, { Type }]) => id.startsWith('Runner') && Type === 'AWS::Lambda::Function') ?? []
  const storage = runner?.Properties?.EphemeralStorage as { Size?: number } | undefined
  return {
    alarms: countOf('AWS::CloudWatch::Alarm'),
    keys: countOf('AWS::KMS::Key'),
    apiMegabytes: bed.memoryMegabytes(GetStackMetadata.id),
    workerMegabytes: bed.memoryMegabytes('worker'),
    runnerMegabytes: bed.memoryMegabytes('runner'),
    runnerDiskMegabytes: storage?.Size ?? 512,
  }
}

/** The runner's time is paid for as well, by its own memory: see the table of what deployments cost. */
function deploymentRows(
  { poller, worker, resources, events }: DeploymentUse,
  { workerMegabytes }: Deployed,
): CallsRow[] {
  const behind = { memoryMegabytes: workerMegabytes, api: false, logBytes: 0 }
  return [
    { ...behind, name: 'queue: one message, as Lambda polls it', usage: poller },
    {
      ...behind,
      name: `worker: a deployment of ${resources} resources, ${events} events`,
      usage: worker.usage,
      ms: spreadOf([worker.ms]),
    },
  ]
}

async function measureCalls(cloud: BenchCloud, { assembly, size, progress }: Setting): Promise<Found> {
  const meter = await meterStores(cloud)
  const bed = await openFunctionBed(cloud, assembly, { endpoints: meter.endpoints, kmsEndpoint: meter.kmsEndpoint })
  try {
    progress('counting a deployment')
    // First, so that its message is the only one on the queue.
    const deployment = await countDeployment(cloud, bed, meter, deploymentOf[size])
    const counted = await countAll(cloud, { bed, meter, samples: samplesOf[size] }, progress)
    const deployed = await readDeployed(assembly, bed)
    return { rows: [...counted, ...deploymentRows(deployment, deployed)], deployment, deployed }
  } finally {
    bed.close()
    await meter.stop()
  }
}

const thousand = 1000

/** Dollars per thousand. */
function costsOf({ usage, ms, memoryMegabytes, api }: CallsRow) {
  const { table, bucket, queue, keys } = storeCosts(usage)
  const run = ms ? functionCost({ ms: ms.median, memoryMegabytes }) : 0
  const each = { table, bucket, queueAndKeys: queue + keys, run, gateway: api ? costOf('gatewayRequests', 1) : 0 }
  return { ...each, total: totalOf(each) }
}

function callsTable(rows: readonly CallsRow[]): TextTable {
  const dollars = (value: number) => formatDollars(value * thousand)
  return {
    title: 'Calls to AWS and their price, of each operation',
    columns: [
      'operation<',
      'read units',
      'write units',
      'PUT',
      'GET',
      'SQS',
      'KMS',
      'ms',
      'table $/1,000',
      'bucket $/1,000',
      'SQS, KMS $/1,000',
      'function $/1,000',
      'gateway $/1,000',
      'total $/1,000',
      'calls<',
    ],
    rows: rows.map((row) => {
      const { usage, ms } = row
      const costs = costsOf(row)
      return [
        row.name,
        ...[usage.readUnits, usage.writeUnits, usage.bucketWrites, usage.bucketReads].map(String),
        ...[usage.queueRequests, usage.keyRequests].map(String),
        ms ? formatNumber(ms.median) : '',
        ...[costs.table, costs.bucket, costs.queueAndKeys, costs.run, costs.gateway, costs.total].map(dollars),
        describeCalls(usage),
      ]
    }),
    terminalOnly: ['table $/1,000', 'bucket $/1,000', 'SQS, KMS $/1,000', 'function $/1,000', 'gateway $/1,000'],
    notes: [
      `Prices: list prices of us-east-1 as published in ${pricesOf}, without the free tier (test/bench/prices.ts).`,
      'read and write units: by the sizes of the items and what DynamoDB counts for them, secondary indexes included.',
      'PUT: with LIST; deletions of objects are free. SQS: requests of 64 KB. An encrypted variable or an agency is one KMS request more.',
      'ms: median of the warm handler here, which is what the function is paid for at its memory; the stores answer from this machine.',
      `on: a stack of ${askedSizes.resources} resources and ${askedSizes.events} events in a project of ${askedSizes.otherStacks + 1}; templates of one resource; configs of 550 bytes.`,
    ],
  }
}

export const calls: Section = {
  name: 'calls',
  help: 'calls to AWS of each operation and of a deployment, and their price',
  measure: (setting) =>
    withBenchCloud(setting, async (cloud) => {
      const found = await measureCalls(cloud, setting)
      const { rows, deployment, deployed } = found
      const poll = rows.find(({ usage, name }) => name === 'getServerMetadata unchanged' && usage)
      if (!poll?.ms) throw new Error('no poll was counted')
      const onePoll = { usage: poll.usage, ms: poll.ms.median, logBytes: poll.logBytes }
      return {
        rows: found,
        tables: [
          callsTable(rows),
          restTable(deployment, deployed),
          deploymentsTable(deployment, deployed),
          pollsTable(onePoll, deployed),
        ],
      }
    }),
}

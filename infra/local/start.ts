/**
 * The local cloud: runs the synthesized template of the service on this machine. There is no second wiring: routes,
 * functions, variables, queue mappings and schedules are all read from the template.
 *
 * Promises: everything listens on 127.0.0.1 only; two clouds can live in one process; after `stop()` no thread and no
 * program of it is left, and with a data folder nothing is lost. Not emulated: permissions, encryption, alarms, expiry of
 * items and messages, and what the header of each part says.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GivenAccessKey } from '../../shared/auth/access-keys.ts'
import { removeWorkspace } from '../../shared/engine/workspace.ts'
import { type LocalTable, saveAccessKeys, withAccessKeys } from './access-keys.ts'
import type { ApiModel } from './api-model.ts'
import type { CloudModel } from './cloud-model.ts'
import { readCloudModel } from './cloud-model.ts'
import { confineEngines, type EngineConfinement, explainUnconfined } from './confined-engines.ts'
import { startEventSources } from './event-sources.ts'
import type { Endpoints } from './function-environment.ts'
import { buildEnvironment } from './function-environment.ts'
import { startGateway } from './gateway.ts'
import { startLambdaApi } from './lambda-api.ts'
import type { LambdaHost } from './lambda-host.ts'
import { createLambdaHost } from './lambda-host.ts'
import { setPriceBook } from './price-book.ts'
import type { QueueBucketService } from './queue-bucket-service.ts'
import { startQueueBucketService } from './queue-bucket-service.ts'
import type { ResolvedResource } from './resolved-resource.ts'
import { resolveResources } from './resolved-resource.ts'
import { startSchedules } from './schedules.ts'
import { localCredentials } from './sdk-settings.ts'
import type { TableService } from './table-service.ts'
import { startTableService } from './table-service.ts'
import { readAssembly } from './template.ts'

export type LocalCloudOptions = {
  /** Folder of the synthesized assembly (`cdk.out`). */
  assembly: string
  /** Port of the REST API; absent or 0: a free one. */
  port?: number
  /** Where tables, queues and buckets are kept between starts; absent: in memory. One cloud per folder. */
  dataDir?: string
  /** Where functions put temporary files, and nobody else does; absent: a new one, removed by `stop()`. */
  temporaryFolder?: string
  /** What engines must not see beside the two above. They exist. */
  hiddenFolders?: readonly string[]
  /** Off: engines are not confined, as on a machine that cannot (true). */
  confine?: boolean
  /** Template parameters that replace their defaults. */
  parameters?: Record<string, string>
  /** Written before the service takes requests; one that was revoked stays so. */
  accessKeys?: readonly GivenAccessKey[]
  /** Text of the price book that is set before the service takes requests; absent: the one of an earlier start stays. */
  priceBook?: string
  /** A token for `X-Auth-Token` that opens one project. */
  developmentToken?: { project: string; token: string }
  /** Encrypts stored secrets: 32 bytes in base64; absent: a new one, with which no earlier start's secrets can be read. */
  secretsKey?: string
  /** Takes what functions print, line by line, and under the name `local-cloud` what the runtime has to say itself. */
  onLog?: (functionName: string, line: string) => void
  /** Threads of one function at most (8); at least as many as the template lets a queue mapping use. */
  maxThreadsPerFunction?: number
  /** Milliseconds after which an unused thread is ended (120,000). */
  threadIdleMs?: number
  /** Whether the clock fires schedules (true); `fireSchedules` always does. */
  schedules?: boolean
  /** Milliseconds that `stop()` gives running requests and functions (5,000). */
  stopGraceMs?: number
}

export type LocalCloud = {
  /** `http://127.0.0.1:<port>`, without a stage. */
  baseUrl: string
  endpoints: Endpoints
  /** Logical id -> physical name; for a queue its URL. */
  resources: Record<string, string>
  /** Names of the tables, in the order of the template. */
  tableNames: string[]
  /** Why engines can see more of this machine than their run; absent: they cannot. Reported as well. */
  unconfined?: string
  /** Invokes the target of every schedule once and waits. @throws Error when one fails */
  fireSchedules(): Promise<void>
  /**
   * For tests of failures: ends the busy threads of a function, named or by a prefix of its logical id, with all they
   * started, as if their machine had died. A message they worked on reappears at its visibility timeout.
   * @returns how many there were
   */
  killFunctionThreads(nameOrLogicalIdPrefix: string): Promise<number>
  /** For tests of failures: while on, every call that sends messages to a queue is answered 503. */
  refuseQueueSends(refuse: boolean): void
  /** For tests of failures: while there is a word, every write of an object with it in its key is answered 503. */
  refuseObjectWrites(word: string | undefined): void
  /** Lets requests and functions end for the grace time, then ends them; their messages reappear as after any crash. */
  stop(): Promise<void>
  /** Synchronous, for an exit that does not wait for `stop()`: ends the programs that functions have started. */
  killChildProcesses(): void
}

type Services = { tables: TableService; queuesAndBuckets: QueueBucketService }

/** @throws Error when the template cannot be run here, or the port is taken */
export async function start(options: LocalCloudOptions): Promise<LocalCloud> {
  const cleanup: (() => Promise<unknown>)[] = []
  try {
    return await startParts(options, cleanup)
  } catch (error) {
    for (const stopPart of cleanup.reverse()) await stopPart()
    throw error
  }
}

async function startParts(options: LocalCloudOptions, cleanup: (() => Promise<unknown>)[]): Promise<LocalCloud> {
  const { onLog = () => {}, stopGraceMs = 5000 } = options
  const report = (line: string) => onLog('local-cloud', line)
  const assembly = await readAssembly(options.assembly)
  const services = await startServices(options.dataDir, cleanup)
  const { tables, queuesAndBuckets } = services
  const room = await prepareEngineRoom(options, report)
  cleanup.push(room.remove)
  const resolved = resolveResources(assembly, options.parameters ?? {}, queuesAndBuckets.endpoint)
  const model = readCloudModel(resolved, assembly.assetFolders)
  await createResources(model, services)
  const secretsKey = options.secretsKey ?? randomBytes(32).toString('base64')
  await seedAccessKeys(model, tables, secretsKey, options.accessKeys ?? [], report)
  if (options.priceBook !== undefined) await setPriceBook(tableOf(model, tables), options.priceBook)

  const lambdaApi = await startLambdaApi(() => host, report)
  cleanup.push(lambdaApi.stop)
  const endpoints: Endpoints = {
    dynamodb: tables.endpoint,
    sqs: queuesAndBuckets.endpoint,
    s3: queuesAndBuckets.endpoint,
    lambda: lambdaApi.endpoint,
  }
  const host = createHost(model, endpoints, { ...options, secretsKey, room })
  cleanup.push(() => host.stop(0))
  const invoke = (name: string, payload: string) => host.invoke(name, payload)
  const api = requireApi(model.api)
  const gateway = await startGateway({ api, port: options.port ?? 0, invoke, nowMs: Date.now, report })
  const timed = options.schedules ?? true
  const schedules = startSchedules({ definitions: model.schedules, timed, invoke, nowMs: Date.now, report })
  const eventSources = startEventSources({
    definitions: model.eventSources,
    queueEndpoint: endpoints.sqs,
    wakeReceivers: queuesAndBuckets.wakeReceivers,
    invoke,
    report,
  })
  const stop = async () => {
    schedules.stop()
    const sourcesStopped = eventSources.stop()
    await gateway.stop(stopGraceMs)
    await host.stop(stopGraceMs)
    await sourcesStopped
    await Promise.all([lambdaApi.stop(), tables.stop(), queuesAndBuckets.stop(), room.remove()])
  }
  let stopped: Promise<void> | undefined
  return {
    baseUrl: `http://127.0.0.1:${gateway.port}`,
    endpoints,
    resources: namesOf(resolved),
    tableNames: model.tables.map(({ name }) => name),
    ...('unconfined' in room.confinement ? room.confinement : {}),
    fireSchedules: schedules.fire,
    killFunctionThreads: host.killThreads,
    refuseQueueSends: queuesAndBuckets.refuseSends,
    refuseObjectWrites: queuesAndBuckets.refuseWrites,
    stop: () => {
      stopped ??= stop()
      return stopped
    },
    killChildProcesses: host.killChildren,
  }
}

type EngineRoom = { temporaryFolder: string; confinement: EngineConfinement; remove(): Promise<void> }

/** The folder of all runs and, of what engines could see around it, how much they do. */
async function prepareEngineRoom(
  { temporaryFolder: given, dataDir, hiddenFolders = [], confine = true }: LocalCloudOptions,
  report: (line: string) => void,
): Promise<EngineRoom> {
  const temporaryFolder = given ?? (await mkdtemp(join(tmpdir(), 'rfs-')))
  const remove = async () => {
    if (!given) await removeWorkspace({ root: temporaryFolder })
  }
  const confinement = await confineEngines([temporaryFolder, ...(dataDir ? [dataDir] : []), ...hiddenFolders], confine)
  if ('unconfined' in confinement) report(`engines are ${explainUnconfined(confinement.unconfined)}`)
  return { temporaryFolder, confinement, remove }
}

async function startServices(dataDir: string | undefined, cleanup: (() => Promise<unknown>)[]): Promise<Services> {
  if (dataDir) await mkdir(dataDir, { recursive: true })
  const tables = await startTableService(dataDir && join(dataDir, 'tables'))
  cleanup.push(tables.stop)
  const queuesAndBuckets = await startQueueBucketService(dataDir && join(dataDir, 'queues-and-buckets'))
  cleanup.push(queuesAndBuckets.stop)
  return { tables, queuesAndBuckets }
}

async function createResources(model: CloudModel, { tables, queuesAndBuckets }: Services): Promise<void> {
  for (const table of model.tables) await tables.createTable(table)
  for (const queue of model.queues) await queuesAndBuckets.createQueue(queue)
  for (const bucket of model.buckets) queuesAndBuckets.createBucket(bucket)
}

/** The service has one table for everything. */
function tableOf(model: CloudModel, { endpoint }: TableService): LocalTable {
  const [table] = model.tables
  if (!table) throw new Error('the template has no table')
  return { endpoint, name: table.name, accessKeyId: localCredentials.accessKeyId }
}

async function seedAccessKeys(
  model: CloudModel,
  tables: TableService,
  secretsKey: string,
  keys: readonly GivenAccessKey[],
  report: (line: string) => void,
): Promise<void> {
  if (keys.length === 0) return
  const revoked = await withAccessKeys(tableOf(model, tables), secretsKey, (store) => saveAccessKeys(store, keys))
  for (const accessKey of revoked) report(`the access key ${accessKey} was revoked and stays so`)
}

type HostOptions = LocalCloudOptions & { secretsKey: string; room: EngineRoom }

function createHost(model: CloudModel, endpoints: Endpoints, options: HostOptions): LambdaHost {
  const { secretsKey, developmentToken } = options
  const { temporaryFolder, confinement } = options.room
  const hiddenFolders = 'unconfined' in confinement ? undefined : confinement.hiddenFolders
  const machine = { startId: randomUUID(), temporaryFolder, hiddenFolders, secretsKey, developmentToken }
  // A consumer that may run so often must also find the functions that it calls in turn.
  const concurrencies = model.eventSources.map(({ maximumConcurrency }) => maximumConcurrency)
  return createLambdaHost({
    functions: model.functions,
    environmentOf: (definition) => buildEnvironment(definition, endpoints, process.env, machine),
    maxThreadsPerFunction: Math.max(options.maxThreadsPerFunction ?? 8, ...concurrencies),
    idleMs: options.threadIdleMs ?? 120_000,
    onLog: options.onLog ?? (() => {}),
  })
}

function requireApi(api: ApiModel | undefined): ApiModel {
  if (!api) throw new Error('the template has no REST API')
  return api
}

function namesOf(resolved: ResolvedResource[]): Record<string, string> {
  return Object.fromEntries(resolved.map(({ logicalId, values }) => [logicalId, values.ref]))
}

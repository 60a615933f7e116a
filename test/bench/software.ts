/**
 * Software configs and deployments: requests per second over HTTP through the local runtime, and how many calls of the stores
 * one request makes (counted in this process, with the same handlers and the same stores).
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { synthesize } from '../../infra/app.ts'
import { type LocalCloud, start } from '../../infra/local/start.ts'
import type { signWith } from '../../shared/auth/sign.ts'
import type { Operation } from '../../shared/contract/operation.ts'
import { CreateSoftwareConfig } from '../../shared/contract/software-configs.ts'
import {
  GetServerMetadata,
  ShowSoftwareDeployment,
  UpdateSoftwareDeployment,
} from '../../shared/contract/software-deployments.ts'
import { becomeFunction, callDirectly, type StoreLocation } from '../support/direct-calls.ts'
import { newKey, softwareActions } from '../support/software-actions.ts'
import { formatNumber, formatTable, type TextTable } from './text-table.ts'

export interface SoftwareRow {
  readonly name: string
  readonly requestsPerSecond: number
  readonly storeCallsPerRequest: number
}

interface Measured {
  readonly name: string
  readonly operation: Pick<Operation, 'id' | 'group' | 'path' | 'method' | 'success'>
  readonly path: Readonly<Record<string, string>>
  readonly body?: object
  readonly etag?: string
  readonly status: number
}

type Sign = ReturnType<typeof signWith>

/** Warm: until every thread of the function is there and its code is compiled. */
const seconds = { warm: 3, measured: 4 }
const quickSeconds = { warm: 1, measured: 1 }
const connections = 4
const config = { name: 'bench', config: 'x'.repeat(1000), inputs: [{ name: 'a', value: 1 }] }

function sendOnce(
  agent: Agent,
  baseUrl: string,
  sign: Sign,
  { operation, path, body, etag, status }: Measured,
): Promise<void> {
  const address = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => path[name] ?? '')
  const headers = {
    'Content-Type': 'application/json',
    ...(etag === undefined ? {} : { 'If-None-Match': etag }),
  }
  const { method } = operation
  const url = `${baseUrl}${address}`
  const text = body && JSON.stringify(body)
  const signed = { ...headers, ...sign({ method, url, headers, body: text }) }
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method, headers: signed }, (response) => {
      response.resume()
      response.on('end', () => {
        if (response.statusCode === status) resolve()
        else reject(new Error(`${operation.id} answered ${response.statusCode}`))
      })
    })
    sent.on('error', reject)
    sent.end(text)
  })
}

async function requestsPerSecond(
  baseUrl: string,
  sign: Sign,
  measured: Measured,
  lengths: typeof seconds,
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const runFor = async (length: number) => {
    const startedAtMs = performance.now()
    let count = 0
    const worker = async () => {
      for (; performance.now() - startedAtMs < length * 1000; count += 1) await sendOnce(agent, baseUrl, sign, measured)
    }
    await Promise.all(Array.from({ length: connections }, worker))
    return (count * 1000) / (performance.now() - startedAtMs)
  }
  await runFor(lengths.warm)
  const rate = await runFor(lengths.measured)
  agent.destroy()
  return rate
}

/** Where the stores of a running cloud are. */
function storesOf({ endpoints, resources }: LocalCloud): StoreLocation {
  const named = (prefix: string) => Object.entries(resources).find(([id]) => id.startsWith(prefix))?.[1] ?? ''
  const [tableName, bucketName, queueUrl] = ['StorageTable', 'StorageBucket', 'DeploymentQueueJobs'].map(named)
  return { endpoints, tableName: tableName ?? '', bucketName: bucketName ?? '', queueUrl: queueUrl ?? '' }
}

async function storeCalls({ operation, path, body, etag, status }: Measured): Promise<number> {
  const headers = etag === undefined ? {} : { 'If-None-Match': etag }
  const answer = await callDirectly(operation, { path, headers, ...(body ? { body } : {}) })
  if (answer.status !== status) throw new Error(`${operation.id} answered ${answer.status} to a direct call`)
  return answer.calls.length
}

interface Options {
  readonly quick: boolean
  progress(text: string): void
}

/**
 * Measures on a cloud of its own; afterwards this process's environment names stores that are gone.
 * @param folder for the assembly
 */
export async function measureSoftware(folder: string, { quick, progress }: Options): Promise<SoftwareRow[]> {
  const assembly = await synthesize(join(folder, 'software-cdk.out'))
  const parameters = { ThrottlingRatePerSecond: '5000', ThrottlingBurst: '5000', CommandsPerMinute: '1000000' }
  const key = newKey()
  const cloud = await start({ assembly, parameters, accessKeys: [key], schedules: false, onLog: () => undefined })
  try {
    becomeFunction(storesOf(cloud), key.project)
    const software = softwareActions(cloud.baseUrl, key)
    const { id: config_id } = await software.config(config)
    const { id: deployment_id } = await software.deployment({ config_id, server_id: 'bench' })
    const { etag } = await software.poll('bench')
    const project = { project_id: software.project }
    const onServer = { operation: GetServerMetadata, path: { ...project, server_id: 'bench' } }
    const onDeployment = { path: { ...project, deployment_id }, status: 200 }
    const all: Measured[] = [
      { name: 'create config', operation: CreateSoftwareConfig, path: project, body: config, status: 200 },
      { name: 'show deployment', operation: ShowSoftwareDeployment, ...onDeployment },
      { name: 'update deployment', operation: UpdateSoftwareDeployment, ...onDeployment, body: { status: 'COMPLETE' } },
      { name: 'metadata poll (200)', ...onServer, status: 200 },
      { name: 'metadata poll (304)', ...onServer, etag, status: 304 },
    ]
    const rows: SoftwareRow[] = []
    for (const measured of all) {
      progress(measured.name)
      const rate = await requestsPerSecond(cloud.baseUrl, software.sign, measured, quick ? quickSeconds : seconds)
      const { name } = measured
      rows.push({ name, requestsPerSecond: Math.round(rate), storeCallsPerRequest: await storeCalls(measured) })
    }
    return rows
  } finally {
    await cloud.stop()
  }
}

export function softwareTable(rows: readonly SoftwareRow[]): TextTable {
  return {
    title: '4. Software configs and deployments',
    columns: ['request<', 'requests/s', 'store calls/request'],
    rows: rows.map((row) => [row.name, formatNumber(row.requestsPerSecond), String(row.storeCallsPerRequest)]),
    notes: [
      `requests/s: signed, over HTTP, ${connections} connections; client, gateway, functions and stores share this machine's cores.`,
      'store calls: of the table and the bucket; a create, update or delete also counts the command in its minute.',
    ],
  }
}

if (import.meta.main) {
  const folder = await mkdtemp(join(tmpdir(), 'rfs-bench-'))
  try {
    const options = { quick: process.argv.includes('--quick'), progress: () => undefined }
    console.log(formatTable(softwareTable(await measureSoftware(folder, options))))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

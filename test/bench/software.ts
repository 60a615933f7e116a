/** Software configs and deployments: requests per second over HTTP through the local runtime. */
import { Agent, request } from 'node:http'
import type { signWith } from '../../shared/auth/sign.ts'
import type { Operation } from '../../shared/contract/operation.ts'
import { CreateSoftwareConfig } from '../../shared/contract/software-configs.ts'
import {
  GetServerMetadata,
  ShowSoftwareDeployment,
  UpdateSoftwareDeployment,
} from '../../shared/contract/software-deployments.ts'
import { softwareActions } from '../support/software-actions.ts'
import { type BenchCloud, benchKey, withBenchCloud } from './bench-cloud.ts'
import type { Section, Setting } from './section.ts'
import { formatNumber, type TextTable } from './text-table.ts'

export interface SoftwareRow {
  readonly name: string
  readonly requestsPerSecond: number
}

interface Measured {
  readonly name: string
  readonly operation: Pick<Operation, 'id' | 'group' | 'path' | 'method'>
  readonly path: Readonly<Record<string, string>>
  readonly body?: object
  readonly etag?: string
  readonly status: number
}

type Sign = ReturnType<typeof signWith>
type Lengths = { readonly warm: number; readonly measured: number }

/** Seconds. Warm: until every thread of the function is there and its code is compiled. */
const secondsOf: Readonly<Record<Setting['size'], Lengths>> = {
  full: { warm: 3, measured: 4 },
  quick: { warm: 1, measured: 1 },
  tiny: { warm: 0, measured: 0.1 },
}
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

async function requestsPerSecond(baseUrl: string, sign: Sign, measured: Measured, lengths: Lengths): Promise<number> {
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

async function measureSoftware({ baseUrl }: BenchCloud, { size, progress }: Setting): Promise<SoftwareRow[]> {
  const software = softwareActions(baseUrl, benchKey)
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
    const rate = await requestsPerSecond(baseUrl, software.sign, measured, secondsOf[size])
    rows.push({ name: measured.name, requestsPerSecond: rate })
  }
  return rows
}

function softwareTable(rows: readonly SoftwareRow[]): TextTable {
  return {
    title: 'Software configs and deployments: requests per second',
    columns: ['request<', 'requests/s'],
    rows: rows.map((row) => [row.name, formatNumber(row.requestsPerSecond)]),
    notes: [
      `requests/s: signed, over HTTP, ${connections} connections; client, gateway, functions and stores share this machine's cores.`,
    ],
  }
}

export const software: Section = {
  name: 'software',
  help: 'requests per second of software configs, deployments and metadata polls',
  measure: (setting) =>
    withBenchCloud(setting, async (cloud) => {
      const rows = await measureSoftware(cloud, setting)
      return { rows, tables: [softwareTable(rows)] }
    }),
}

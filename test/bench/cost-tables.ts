/** What the service costs at rest, what deployments cost, and what servers that poll cost: from what was counted. */
import { functionCost, storeCosts, totalOf } from './costs.ts'
import { costOf, prices, pricesOf } from './prices.ts'
import { formatDollars, formatNumber, type TextTable } from './text-table.ts'
import { sumOf, timesUsage } from './usage.ts'
import type { Counted, DeploymentUse } from './whole-deployment.ts'

/** What the template says that costs something, or bears on it. */
export interface Deployed {
  readonly alarms: number
  readonly keys: number
  readonly apiMegabytes: number
  readonly workerMegabytes: number
  readonly runnerMegabytes: number
  readonly runnerDiskMegabytes: number
}

interface Line {
  readonly what: string
  readonly how: string
  readonly usd: number
}

const perMonth = { minutes: 43_200 }
/** Lambda asks each queue by five connections, each of which waits for 20 seconds. */
const emptyReceives = { queues: 2, perMinute: 15 }
/** Of one line in the gateway's access log, and of what Lambda itself writes about an invocation. */
const gatewayLogBytes = 450
const platformLogBytes = 550
/** Status line and headers of an answer without a body, with what TLS adds. */
const emptyAnswerBytes = 400

const gigabyte = 1e9
const count = (value: number) => Math.round(value).toLocaleString('en-US')
const units = (value: number) => (value < 100 ? formatNumber(value) : count(value))
const gigabytesOf = (megabytes: number) => `${formatNumber(megabytes / 1024)} GB`
const at = (unit: 'queueRequests' | 'gatewayRequests') => {
  const { usd, per } = prices[unit]
  return `${((usd * 1_000_000) / per).toFixed(2)} per million`
}

function tableOf(title: string, place: string, lines: readonly Line[], notes: readonly string[]): TextTable {
  const together = totalOf(lines.map(({ usd }) => usd))
  const all = [...lines, { what: 'together', how: '', usd: together }]
  return {
    title,
    place,
    columns: ['what<', 'how<', 'USD'],
    rows: all.map(({ what, how, usd }) => [what, how, formatDollars(usd)]),
    notes,
  }
}

const listPrices = `List prices of us-east-1 as published in ${pricesOf}, without the free tier (\`test/bench/prices.ts\`).`

export function restTable({ sweep }: DeploymentUse, deployed: Deployed): TextTable {
  const { minutes } = perMonth
  const asked = minutes * emptyReceives.queues * emptyReceives.perMinute
  const stores = storeCosts(timesUsage(minutes, sweep.usage))
  const run = minutes * functionCost({ ms: sweep.ms, memoryMegabytes: deployed.apiMegabytes })
  const lines = [
    {
      what: 'sweeper',
      how: `${count(minutes)} runs x ${formatNumber(sweep.ms)} ms x ${gigabytesOf(deployed.apiMegabytes)}, ${formatNumber(sweep.usage.readUnits)} read units each`,
      usd: run + totalOf(stores),
    },
    {
      what: 'queue, asked by Lambda',
      how: `${emptyReceives.queues} queues x ${emptyReceives.perMinute} empty receives a minute, ${at('queueRequests')}`,
      usd: costOf('queueRequests', asked),
    },
    {
      what: 'alarms',
      how: `${deployed.alarms} x ${formatDollars(prices.alarms.usd)}`,
      usd: costOf('alarms', deployed.alarms),
    },
    {
      what: 'key of the secrets',
      how: `${deployed.keys} x ${formatDollars(prices.keys.usd)}`,
      usd: costOf('keys', deployed.keys),
    },
  ]
  return tableOf('At rest, per month', 'costs-at-rest', lines, [listPrices])
}

const deployments = 1000
const questions = 30

export function deploymentsTable(use: DeploymentUse, deployed: Deployed): TextTable {
  const { command, poller, worker, question } = use
  const usage = timesUsage(
    deployments,
    sumOf(command.usage, poller, worker.usage, timesUsage(questions, question.usage)),
  )
  const stores = storeCosts(usage)
  const requests = deployments * (1 + questions)
  const seconds = worker.ms / 1000
  const { runnerMegabytes, runnerDiskMegabytes, workerMegabytes, apiMegabytes } = deployed
  const api = ({ ms }: Counted) => functionCost({ ms, memoryMegabytes: apiMegabytes })
  const runner = { ms: worker.ms, memoryMegabytes: runnerMegabytes, diskMegabytes: runnerDiskMegabytes }
  const each = (value: number) => units(value / deployments)
  const lines = [
    {
      what: 'runner',
      how: `${formatNumber(seconds)} s x ${gigabytesOf(runnerMegabytes)}`,
      usd: deployments * functionCost(runner),
    },
    {
      what: 'worker, which waits for the runner',
      how: `${formatNumber(seconds)} s x ${gigabytesOf(workerMegabytes)}`,
      usd: deployments * functionCost({ ms: worker.ms, memoryMegabytes: workerMegabytes }),
    },
    {
      what: 'API Gateway',
      how: `${count(requests)} requests, ${at('gatewayRequests')}`,
      usd: costOf('gatewayRequests', requests),
    },
    {
      what: 'API functions',
      how: `${count(requests)} requests, ${formatNumber(question.ms)} ms x ${gigabytesOf(apiMegabytes)}`,
      usd: deployments * (api(command) + questions * api(question)),
    },
    {
      what: 'table',
      how: `${each(usage.writeUnits)} write and ${each(usage.readUnits)} read units each`,
      usd: stores.table,
    },
    {
      what: 'bucket',
      how: `${each(usage.bucketWrites)} writes and ${each(usage.bucketReads)} reads each`,
      usd: stores.bucket,
    },
    { what: 'queue', how: `${each(usage.queueRequests)} requests each`, usd: stores.queue },
  ]
  const title = `${count(deployments)} deployments (each ${formatNumber(seconds)} s, ${use.resources} resources, ${use.events} events, ${questions} reads of the metadata)`
  return tableOf(title, 'costs-deployments', lines, [
    `${listPrices} Counted: one deployment in full, and one read of its metadata.`,
    'The time is that of the worker, of which the runner takes all but a part of a second.',
  ])
}

const servers = 1000
const secondsPerDay = 86_400

/** @param poll one that finds nothing new */
export function pollsTable(poll: Counted & { readonly logBytes: number }, { apiMegabytes }: Deployed): TextTable {
  const polls = servers * secondsPerDay
  const logs = poll.logBytes + gatewayLogBytes + platformLogBytes
  const lines = [
    {
      what: 'API Gateway',
      how: `${count(polls)} requests, ${at('gatewayRequests')}`,
      usd: costOf('gatewayRequests', polls),
    },
    {
      what: 'functions',
      how: `${formatNumber(poll.ms)} ms x ${gigabytesOf(apiMegabytes)} each`,
      usd: polls * functionCost({ ms: poll.ms, memoryMegabytes: apiMegabytes }),
    },
    {
      what: 'table',
      how: `${formatNumber(poll.usage.readUnits)} read unit each`,
      usd: totalOf(storeCosts(timesUsage(polls, poll.usage))),
    },
    {
      what: 'logs',
      how: `${count(poll.logBytes)} bytes of the function, ${gatewayLogBytes} of the gateway, ${platformLogBytes} of Lambda each`,
      usd: costOf('logs', (polls * logs) / gigabyte),
    },
    {
      what: 'transfer',
      how: `${emptyAnswerBytes} bytes each`,
      usd: costOf('transfer', (polls * emptyAnswerBytes) / gigabyte),
    },
  ]
  return tableOf(`${count(servers)} servers that poll once a second, per day`, 'costs-polls', lines, [
    `${listPrices} Counted: a poll that finds nothing new. Assumed: what the gateway and Lambda log, and the transfer.`,
  ])
}

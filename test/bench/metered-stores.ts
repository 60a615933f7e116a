/**
 * The services of a cloud behind servers that count what passes, whoever sends it: functions in processes of their own, the
 * runner by its links, and what stands for Lambda's poller.
 */
import type { Endpoints } from '../../infra/local/function-environment.ts'
import { type KmsServer, startKmsServer } from '../support/kms-server.ts'
import type { BenchCloud } from './bench-cloud.ts'
import { openMeteredTable } from './metered-table.ts'
import { type SeenRequest, startMeteringProxy } from './metering-proxy.ts'
import { noUsage, sumOf, type Usage } from './usage.ts'

export interface MeteredStores {
  readonly endpoints: Endpoints
  /** There is a KMS, so that it can be seen how often it is asked. */
  readonly kmsEndpoint: string
  /** What passes while the work is done; at other times everything passes uncounted. */
  during<Result>(work: () => Promise<Result>): Promise<{ result: Result; usage: Usage }>
  stop(): Promise<void>
}

const queueUnitBytes = 64 * 1024

function seeQueueOrBucket({ method, url, headers, body }: SeenRequest): Partial<Usage> {
  const action = headers['x-amz-target']
  if (action !== undefined) {
    const units = Math.max(1, Math.ceil(body.byteLength / queueUnitBytes))
    return { calls: [String(action).replace(/^.*\./, '')], queueRequests: units }
  }
  if (url.includes('list-type=2')) return { calls: ['ListObjectsV2'], bucketWrites: 1 }
  if (method === 'PUT') return { calls: ['PutObject'], bucketWrites: 1 }
  if (method === 'GET') return { calls: ['GetObject'], bucketReads: 1 }
  if (method === 'DELETE') return { calls: ['DeleteObject'] }
  throw new Error(`nobody knows what ${method} ${url} costs`)
}

function seeInvocation({ url }: SeenRequest): Partial<Usage> {
  const [, name = ''] = /\/functions\/([^/]+)\//.exec(url) ?? []
  return { calls: [`invoke ${name.startsWith('Runner') ? 'runner' : name.startsWith('Fetcher') ? 'fetcher' : name}`] }
}

function seeKms(kms: KmsServer, from: number): Partial<Usage> {
  const calls = kms.calls.slice(from).map(({ target }) => target.replace(/^.*\./, ''))
  return { calls, keyRequests: calls.length }
}

export async function meterStores({ endpoints, tableName, secretsKey }: BenchCloud): Promise<MeteredStores> {
  let usage: Usage | undefined
  const note = (more: Partial<Usage>) => {
    if (usage) usage = sumOf(usage, more)
  }
  const table = await openMeteredTable(endpoints.dynamodb, tableName, note)
  const noteOnly = (see: (request: SeenRequest) => Partial<Usage>) => async (request: SeenRequest) => {
    note(see(request))
    return undefined
  }
  const ofTable = await startMeteringProxy(endpoints.dynamodb, async (request) =>
    usage ? table.see(request) : undefined,
  )
  const ofQueueAndBucket = await startMeteringProxy(endpoints.s3, noteOnly(seeQueueOrBucket))
  const ofLambda = await startMeteringProxy(endpoints.lambda, noteOnly(seeInvocation))
  const kms = await startKmsServer(secretsKey)
  return {
    endpoints: {
      dynamodb: ofTable.endpoint,
      sqs: ofQueueAndBucket.endpoint,
      s3: ofQueueAndBucket.endpoint,
      lambda: ofLambda.endpoint,
    },
    kmsEndpoint: kms.endpoint,
    during: async (work) => {
      if (usage) throw new Error('one thing is counted at a time')
      usage = noUsage
      const before = kms.calls.length
      try {
        const result = await work()
        return { result, usage: sumOf(usage, seeKms(kms, before)) }
      } finally {
        usage = undefined
      }
    },
    stop: async () => {
      table.close()
      await Promise.all([ofTable, ofQueueAndBucket, ofLambda, kms].map((each) => each.stop()))
    },
  }
}

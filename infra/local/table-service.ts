/**
 * DynamoDB on this machine: dynalite, on 127.0.0.1 only, in memory or in a LevelDB folder.
 *
 * Not emulated: time to live (expired items stay, so no reader may rely on their absence; DynamoDB gives no such promise
 * either), point-in-time recovery, encryption settings, and billing.
 */

import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb'
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import type { TableDefinition } from './cloud-model.ts'
import { isOwnRequest, refusal, refusedStatus } from './own-requests.ts'
import { sdkSettings } from './sdk-settings.ts'

export type TableService = {
  endpoint: string
  /** Idempotent: a table that an earlier start made is kept, with its items. */
  createTable(table: TableDefinition): Promise<void>
  stop(): Promise<void>
}

/** @param dataFolder where the items are kept between starts; absent: in memory */
export async function startTableService(dataFolder?: string): Promise<TableService> {
  if (dataFolder) await mkdir(dataFolder, { recursive: true })
  const storage = dataFolder ? { path: dataFolder } : {}
  const server = dynalite({ ...storage, createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 })
  const unanswered = admitRequests(server)
  // Longer than the pause of any poller, so that callers do not lose a connection while they write to it.
  server.keepAliveTimeout = 75_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = new DynamoDBClient(sdkSettings(endpoint))
  return {
    endpoint,
    createTable: (table) => createTable(client, table),
    stop: async () => {
      client.destroy()
      await answered(unanswered)
      const closed = new Promise<void>((resolve, reject) =>
        server.close((error) => (error ? reject(error) : resolve())),
      )
      server.closeAllConnections()
      await closed
    },
  }
}

/**
 * Requests of others are refused. dynalite throws out of the process when a caller's connection breaks before its request is
 * complete, which a terminated function does. So it is only given requests that have arrived completely.
 * @returns the answers that it still owes, to callers that are gone as well
 */
function admitRequests(server: Server): ReadonlySet<ServerResponse> {
  const unanswered = new Set<ServerResponse>()
  const [listener] = server.listeners('request') as RequestListener[]
  if (!listener) throw new Error('dynalite has no request listener')
  server.removeAllListeners('request')
  server.on('request', async (request, response) => {
    try {
      if (!isOwnRequest(request)) {
        response.writeHead(refusedStatus, { 'content-type': 'application/x-amz-json-1.0', connection: 'close' })
        response.end(JSON.stringify(refusal))
        return
      }
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const { method, url, headers } = request
      const complete = Object.assign(Readable.from(chunks), { method, url, headers })
      for (const each of unanswered) if (each.writableEnded) unanswered.delete(each)
      unanswered.add(response)
      listener.call(server, complete as unknown as IncomingMessage, response)
    } catch {
      // The caller is gone; there is nobody to answer.
      response.destroy()
    }
  })
  return unanswered
}

const mostWaitMs = 5000

/** dynalite throws out of the process, too, when its store is closed under a request that it works on. */
async function answered(unanswered: ReadonlySet<ServerResponse>): Promise<void> {
  const giveUpAtMs = Date.now() + mostWaitMs
  while ([...unanswered].some((each) => !each.writableEnded) && Date.now() < giveUpAtMs) await wait(5)
}

async function createTable(client: DynamoDBClient, { name, properties }: TableDefinition): Promise<void> {
  const exists = await client.send(new DescribeTableCommand({ TableName: name })).catch((error) => {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  })
  if (exists) return
  const input = {
    TableName: name,
    KeySchema: properties.KeySchema,
    AttributeDefinitions: properties.AttributeDefinitions,
    LocalSecondaryIndexes: properties.LocalSecondaryIndexes,
    GlobalSecondaryIndexes: properties.GlobalSecondaryIndexes,
    BillingMode: 'PAY_PER_REQUEST',
  } as CreateTableCommandInput
  await client.send(new CreateTableCommand(input))
  await waitUntilActive(client, name)
}

async function waitUntilActive(client: DynamoDBClient, name: string): Promise<void> {
  const giveUpAtMs = Date.now() + 10_000
  for (;;) {
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName: name }))
    const indexes = table?.GlobalSecondaryIndexes ?? []
    if (table?.TableStatus === 'ACTIVE' && indexes.every((index) => index.IndexStatus === 'ACTIVE')) return
    if (Date.now() > giveUpAtMs) throw new Error(`the table ${name} did not become active`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

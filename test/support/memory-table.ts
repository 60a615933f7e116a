/**
 * The service's table on a DynamoDB-compatible server in memory, reached through the real SDK: keys, indexes and conditions
 * behave as they do in the cloud. One server per test file; the environment of the file's process points at it.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { vi } from 'vitest'
import { openTable, type Table } from '../../shared/aws/table.ts'

const tableName = 'unit-test'

async function createTable(client: DynamoDBClient): Promise<void> {
  const key = (AttributeName: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName, KeyType })
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk', 'listingKey', 'jobShard', 'jobDueAt'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S' as const,
      })),
      KeySchema: [key('pk', 'HASH'), key('sk', 'RANGE')],
      LocalSecondaryIndexes: [
        {
          IndexName: 'listing',
          KeySchema: [key('pk', 'HASH'), key('listingKey', 'RANGE')],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'jobs',
          KeySchema: [key('jobShard', 'HASH'), key('jobDueAt', 'RANGE')],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  )
  for (;;) {
    const { Table: described } = await client.send(new DescribeTableCommand({ TableName: tableName }))
    const indexes = described?.GlobalSecondaryIndexes ?? []
    if (described?.TableStatus === 'ACTIVE' && indexes.every((index) => index.IndexStatus === 'ACTIVE')) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export interface MemoryTable {
  readonly table: Table
  stop(): Promise<void>
}

/** Starts the server with an empty table. Tests that share it keep apart by project and stack id. */
export async function startMemoryTable(): Promise<MemoryTable> {
  const server = dynalite({ createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const environment = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'unit',
    AWS_SECRET_ACCESS_KEY: 'unit',
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    TABLE_NAME: tableName,
  }
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  const client = new DynamoDBClient({})
  await createTable(client)
  client.destroy()
  return {
    table: openTable(),
    stop: async () => {
      vi.unstubAllEnvs()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

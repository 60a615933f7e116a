/** The units of each call to the table, from the items as they are before it and after it. */
import { DescribeTableCommand, DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { sdkSettings } from '../../infra/local/sdk-settings.ts'
import { type CountedIndex, itemBytes, type RawItem, readUnits, refusedUnits, writeUnits } from './capacity.ts'
import type { SeenRequest } from './metering-proxy.ts'
import type { Usage } from './usage.ts'

type Note = (usage: Partial<Usage>) => void

/** As it goes over the wire. */
interface Input {
  readonly TableName: string
  readonly Key?: RawItem
  readonly Item?: RawItem
  readonly ConsistentRead?: boolean
  readonly IndexName?: string
  readonly RequestItems?: Record<
    string,
    readonly { PutRequest?: { Item: RawItem }; DeleteRequest?: { Key: RawItem } }[]
  >
}

interface MeteredTable {
  see(request: SeenRequest): Promise<((status: number) => Promise<void>) | undefined>
  close(): void
}

async function indexesOf(client: DynamoDBClient, TableName: string) {
  const { Table: table } = await client.send(new DescribeTableCommand({ TableName }))
  const namesIn = (schema: readonly { AttributeName?: string | undefined }[] = []) =>
    schema.map(({ AttributeName }) => AttributeName ?? '')
  const all = [...(table?.LocalSecondaryIndexes ?? []), ...(table?.GlobalSecondaryIndexes ?? [])]
  const indexes = all.map(({ IndexName = '', KeySchema, Projection }) => {
    const projected = Projection?.ProjectionType === 'ALL' ? 'ALL' : 'KEYS_ONLY'
    return [IndexName, { keys: namesIn(KeySchema), projected }] as const satisfies readonly [string, CountedIndex]
  })
  return { tableKeys: namesIn(table?.KeySchema), indexes: new Map<string, CountedIndex>(indexes) }
}

export async function openMeteredTable(endpoint: string, TableName: string, note: Note): Promise<MeteredTable> {
  const client = new DynamoDBClient(sdkSettings(endpoint))
  const { tableKeys, indexes } = await indexesOf(client, TableName)
  const counted = [...indexes.values()]
  const keyOf = (item: RawItem) => Object.fromEntries(tableKeys.map((name) => [name, item[name]!]))
  const find = async (of: RawItem): Promise<RawItem | undefined> => {
    const found = await client.send(new GetItemCommand({ TableName, Key: keyOf(of), ConsistentRead: true }))
    return found.Item
  }
  const seeGet = async ({ Key = {}, ConsistentRead = false }: Input) => {
    note({ readUnits: readUnits(itemBytes((await find(Key)) ?? {}), ConsistentRead) })
    return undefined
  }
  /** What a query reads is whole items, whatever it shows of them. */
  const seeQuery = async ({ ConsistentRead = false, ...input }: Input & Record<string, unknown>) => {
    const { ProjectionExpression, FilterExpression, Select, ...whole } = input
    const bare = [ProjectionExpression, FilterExpression].join(' ')
    const names = Object.entries((input.ExpressionAttributeNames ?? {}) as Record<string, string>)
    const used = Object.fromEntries(names.filter(([name]) => !bare.includes(name)))
    const { ExpressionAttributeNames: _all, ...rest } = whole
    const named = Object.keys(used).length > 0 ? { ExpressionAttributeNames: used } : {}
    const { Items = [] } = await client.send(new QueryCommand({ ...rest, ...named, ConsistentRead } as never))
    const bytes = Items.reduce((sum, item) => sum + itemBytes(item), 0)
    note({ readUnits: readUnits(bytes, ConsistentRead) })
    return undefined
  }
  const seeWrite = async (of: RawItem) => {
    const before = await find(of)
    return async (status: number) => {
      const units = status === 200 ? writeUnits(before, await find(of), counted, tableKeys) : refusedUnits(before)
      note({ writeUnits: units })
    }
  }
  const seeBatch = async ({ RequestItems = {} }: Input) => {
    const changed = (RequestItems[TableName] ?? []).map(
      ({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key ?? {},
    )
    const after = await Promise.all(changed.map(seeWrite))
    return async (status: number) => void (await Promise.all(after.map((each) => each(status))))
  }
  return {
    see: async ({ headers, body }) => {
      const action = String(headers['x-amz-target']).replace(/^.*\./, '')
      note({ calls: [action] })
      const input = JSON.parse(body.toString('utf8')) as Input & Record<string, unknown>
      if (action === 'GetItem') return seeGet(input)
      if (action === 'Query') return seeQuery(input)
      if (action === 'BatchWriteItem') return seeBatch(input)
      if (['PutItem', 'UpdateItem', 'DeleteItem'].includes(action)) return seeWrite(input.Item ?? input.Key ?? {})
      throw new Error(`nobody knows what ${action} costs`)
    },
    close: () => client.destroy(),
  }
}

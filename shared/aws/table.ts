/**
 * The table: plain objects in, plain objects out. A refused condition is an answer here, not an error, because every store
 * must look at it. Other failures are thrown as they are.
 */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import { readEnvironment } from './environment.ts'

export type Item = Record<string, unknown>
export interface Key {
  readonly pk: string
  readonly sk: string
}

/** An expression with its names (`#x`) and values (`:x`). */
export interface Expression {
  readonly text: string
  readonly names?: Record<string, string>
  readonly values?: Record<string, unknown>
}

export interface QueryOptions {
  readonly condition: Expression
  readonly index?: 'listing' | 'jobs'
  readonly newestFirst?: boolean
  readonly limit?: number
  readonly after?: Item
  readonly filter?: Expression
  readonly attributes?: readonly string[]
  readonly countOnly?: boolean
}

export interface Page {
  readonly items: Item[]
  readonly count: number
  /** Where the next page begins; absent on the last one. */
  readonly next?: Item
}

export interface Table {
  get(key: Key): Promise<Item | undefined>
  /** False when the condition did not hold. */
  put(item: Item, condition?: Expression): Promise<boolean>
  update(key: Key, update: Expression, condition?: Expression): Promise<boolean>
  /** As `update`; what was there before, undefined when the condition did not hold. A new item was empty before. */
  change(key: Key, update: Expression, condition?: Expression): Promise<Item | undefined>
  delete(key: Key, condition?: Expression): Promise<boolean>
  query(options: QueryOptions): Promise<Page>
  /** Writes and deletes without conditions, in requests of 25, again until the table took them all. */
  batch(changes: { put?: readonly Item[]; delete?: readonly Key[] }): Promise<void>
}

/** A condition that holds when all of these do; the same name or value in several of them must mean the same. */
export function allOf(...expressions: readonly Expression[]): Expression {
  return {
    text: expressions.map(({ text }) => text).join(' AND '),
    names: Object.assign({}, ...expressions.map(({ names }) => names)),
    values: Object.assign({}, ...expressions.map(({ values }) => values)),
  }
}

const batchSize = 25

function encode(value: Record<string, unknown>): Record<string, AttributeValue> {
  return marshall(value, { removeUndefinedValues: true })
}

function values(...expressions: (Expression | undefined)[]) {
  const names: Record<string, string> = Object.assign({}, ...expressions.map((expression) => expression?.names ?? {}))
  const given: Record<string, unknown> = Object.assign({}, ...expressions.map((expression) => expression?.values ?? {}))
  return {
    ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names } : {}),
    ...(Object.keys(given).length > 0 ? { ExpressionAttributeValues: encode(given) } : {}),
  }
}

async function answerUnlessRefused<Answer>(write: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await write
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined
    throw error
  }
}

async function unlessRefused(write: Promise<object>): Promise<boolean> {
  return (await answerUnlessRefused(write)) !== undefined
}

function updateInput(table: string, { pk, sk }: Key, update: Expression, condition?: Expression) {
  return {
    TableName: table,
    Key: encode({ pk, sk }),
    UpdateExpression: update.text,
    ConditionExpression: condition?.text,
    ...values(update, condition),
  }
}

function queryInput(table: string, options: QueryOptions): QueryCommandInput {
  const { condition, filter, index, attributes } = options
  const projection: Expression | undefined = attributes && {
    text: attributes.map((_, at) => `#a${at}`).join(', '),
    names: Object.fromEntries(attributes.map((attribute, at) => [`#a${at}`, attribute])),
  }
  return {
    TableName: table,
    IndexName: index,
    // A global index cannot be read consistently.
    ConsistentRead: index !== 'jobs',
    KeyConditionExpression: condition.text,
    FilterExpression: filter?.text,
    ...values(condition, filter, projection),
    ProjectionExpression: projection?.text,
    ScanIndexForward: !options.newestFirst,
    Limit: options.limit,
    ExclusiveStartKey: options.after && encode(options.after),
    Select: options.countOnly ? 'COUNT' : undefined,
  }
}

/** Sends until nothing is left over; a throttled table leaves some of each request undone. */
async function writeAll(client: DynamoDBClient, table: string, requests: WriteRequest[]): Promise<void> {
  let rest = requests
  for (let attempt = 0; rest.length > 0; attempt += 1) {
    if (attempt > 8) throw new Error(`the table left ${rest.length} of ${requests.length} writes undone`)
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(50 * 2 ** attempt, 5000)))
    const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: rest } }))
    rest = answer.UnprocessedItems?.[table] ?? []
  }
}

/**
 * Opens a table.
 * @param TableName the one that the environment names, when absent
 */
export function openTable(
  TableName = readEnvironment('TABLE_NAME').TABLE_NAME,
  client = new DynamoDBClient({}),
): Table {
  return {
    get: async ({ pk, sk }) => {
      const answer = await client.send(new GetItemCommand({ TableName, Key: encode({ pk, sk }), ConsistentRead: true }))
      return answer.Item && unmarshall(answer.Item)
    },
    put: (item, condition) =>
      unlessRefused(
        client.send(
          new PutItemCommand({
            TableName,
            Item: encode(item),
            ConditionExpression: condition?.text,
            ...values(condition),
          }),
        ),
      ),
    update: (key, update, condition) =>
      unlessRefused(client.send(new UpdateItemCommand(updateInput(TableName, key, update, condition)))),
    change: async (key, update, condition) => {
      const input = { ...updateInput(TableName, key, update, condition), ReturnValues: 'ALL_OLD' as const }
      const answer = await answerUnlessRefused(client.send(new UpdateItemCommand(input)))
      return answer && unmarshall(answer.Attributes ?? {})
    },
    delete: ({ pk, sk }, condition) =>
      unlessRefused(
        client.send(
          new DeleteItemCommand({
            TableName,
            Key: encode({ pk, sk }),
            ConditionExpression: condition?.text,
            ...values(condition),
          }),
        ),
      ),
    query: async (options) => {
      const answer = await client.send(new QueryCommand(queryInput(TableName, options)))
      const items = (answer.Items ?? []).map((item) => unmarshall(item))
      const next = answer.LastEvaluatedKey && unmarshall(answer.LastEvaluatedKey)
      return { items, count: answer.Count ?? items.length, ...(next ? { next } : {}) }
    },
    batch: async (changes) => {
      const requests: WriteRequest[] = [
        ...(changes.put ?? []).map((item) => ({ PutRequest: { Item: encode(item) } })),
        ...(changes.delete ?? []).map(({ pk, sk }) => ({ DeleteRequest: { Key: encode({ pk, sk }) } })),
      ]
      for (let at = 0; at < requests.length; at += batchSize) {
        await writeAll(client, TableName, requests.slice(at, at + batchSize))
      }
    },
  }
}

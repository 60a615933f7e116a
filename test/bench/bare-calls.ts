/**
 * The calls to table, bucket and queue that operations make, and nothing around them: the same endpoints, clients and
 * expressions, with items and messages of the same form and size that are ready to be sent.
 *
 * What is written goes beside the service's own: items under a project of their own, messages to a queue nobody reads.
 */
import { randomUUID } from 'node:crypto'
import {
  type AttributeValue,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { AwsClient } from 'aws4fetch'
import { localRegion } from '../../infra/local/physical-names.ts'
import { localCredentials, sdkSettings } from '../../infra/local/sdk-settings.ts'
import { type BenchCloud, projectId } from './bench-cloud.ts'

export type RawItem = Record<string, AttributeValue>

export interface BareCalls {
  /** GetItem of a stack, consistent. */
  getStack(stackName: string): Promise<RawItem | undefined>
  /** Conditional UpdateItem of the project's commands in this minute, which every command begins with. */
  countCommand(): Promise<void>
  /** Conditional UpdateItem of the project's stacks. */
  takeQuota(): Promise<void>
  /** Conditional UpdateItem of the stacks that are being created. */
  takePlace(): Promise<void>
  /** PutItem under the condition that there is none; `item` gets a new key. */
  createItem(item: RawItem): Promise<void>
  /** PutItem under the condition of the version. The item must have been given to `prepareItem`. */
  replaceItem(item: RawItem): Promise<void>
  /** Puts a copy of an item that `replaceItem` may replace, and returns it. */
  prepareItem(item: RawItem): Promise<RawItem>
  /** Query of one page, newest first, consistent. */
  listStacks(project: string): Promise<RawItem[]>
  listEvents(stackId: string): Promise<RawItem[]>
  getBlob(key: string): Promise<string>
  putBlob(key: string, content: string): Promise<void>
  signLink(key: string): Promise<void>
  sendMessage(stackId: string): Promise<void>
  close(): void
}

const bareProject = 'PROJECT#bare-calls'

export async function openBareCalls({ endpoints, tableName, bucketName }: BenchCloud): Promise<BareCalls> {
  const table = new DynamoDBClient(sdkSettings(endpoints.dynamodb))
  const queue = new SQSClient(sdkSettings(endpoints.sqs))
  const created = await queue.send(
    new CreateQueueCommand({ QueueName: 'bare-calls.fifo', Attributes: { FifoQueue: 'true' } }),
  )
  return {
    ...tableCalls(table, tableName),
    ...bucketCalls(`${endpoints.s3}/${bucketName}`),
    sendMessage: async (stackId) => {
      await queue.send(
        new SendMessageCommand({
          QueueUrl: new URL(new URL(created.QueueUrl ?? '').pathname, endpoints.sqs).href,
          MessageBody: JSON.stringify({ project: projectId, stackName: 'a-stack', stackId, jobId: randomUUID() }),
          MessageGroupId: stackId,
          MessageDeduplicationId: `${randomUUID()}-0`,
        }),
      )
    },
    close: () => {
      table.destroy()
      queue.destroy()
    },
  }
}

function tableCalls(client: DynamoDBClient, TableName: string) {
  const query = async (pk: string, sortKey: string, prefix: string, more: { IndexName?: string }) => {
    const answer = await client.send(
      new QueryCommand({
        TableName,
        ...more,
        ConsistentRead: true,
        KeyConditionExpression: `pk = :pk AND begins_with(${sortKey}, :prefix)`,
        ExpressionAttributeValues: { ':pk': { S: pk }, ':prefix': { S: prefix } },
        ScanIndexForward: false,
      }),
    )
    return answer.Items ?? []
  }
  const put = (Item: RawItem, condition: object) => client.send(new PutItemCommand({ TableName, Item, ...condition }))
  return {
    getStack: async (stackName: string) => {
      const Key = { pk: { S: `PROJECT#${projectId}` }, sk: { S: `STACK#${stackName}` } }
      return (await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item
    },
    ...counterCalls(client, TableName),
    createItem: async (item: RawItem) => {
      const key = { pk: { S: bareProject }, sk: { S: `STACK#${randomUUID()}` } }
      await put({ ...item, ...key }, { ConditionExpression: 'attribute_not_exists(pk)' })
    },
    prepareItem: async (item: RawItem) => {
      const copy = { ...item, pk: { S: bareProject }, sk: { S: `STACK#${randomUUID()}` } }
      await put(copy, {})
      return copy
    },
    replaceItem: async (item: RawItem) => {
      await put(item, {
        ConditionExpression: '#id = :id AND #version = :version',
        ExpressionAttributeNames: { '#id': 'id', '#version': 'version' },
        ExpressionAttributeValues: { ':id': item.id!, ':version': item.version! },
      })
    },
    listStacks: (project: string) =>
      query(`PROJECT#${project}`, 'listingKey', 'STACK#', {
        IndexName: 'listing',
      }),
    listEvents: (stackId: string) => query(`STACK#${stackId}`, 'sk', 'EVENT#', {}),
  }
}

function counterCalls(client: DynamoDBClient, TableName: string) {
  const update = async (sk: string, action: string, condition: string, values: RawItem) => {
    await client.send(
      new UpdateItemCommand({
        TableName,
        Key: { pk: { S: bareProject }, sk: { S: sk } },
        UpdateExpression: action,
        ConditionExpression: condition,
        ExpressionAttributeValues: { ...values, ':limit': { N: '1000000' } },
      }),
    )
  }
  const one = { ':one': { N: '1' } }
  return {
    countCommand: () => {
      const values = { ...one, ':expiresAt': { N: String(Math.floor(Date.now() / 1000)) } }
      const action = 'ADD taken :one SET expiresAt = :expiresAt'
      return update('MINUTE', action, 'attribute_not_exists(taken) OR taken < :limit', values)
    },
    takeQuota: () => {
      const values = { ...one, ':amount': { N: '1' }, ':now': { S: new Date().toISOString() } }
      const action = 'ADD stacks :amount, revision :one SET touchedAt = :now'
      return update('COUNT#STACKS', action, 'attribute_not_exists(stacks) OR stacks < :limit', values)
    },
    takePlace: () => {
      const slot = JSON.stringify([Date.now(), { name: 'made-1', id: randomUUID() }])
      const condition = 'attribute_not_exists(slots) OR size(slots) < :limit'
      return update('CREATING#STACKS', 'ADD slots :new', condition, { ':new': { SS: [slot] } })
    },
  }
}

function bucketCalls(root: string) {
  const aws = new AwsClient({ ...localCredentials, region: localRegion, service: 's3' })
  const send = async (key: string, init: RequestInit) => {
    const response = await aws.fetch(`${root}/${key}`, init)
    if (!response.ok) throw new Error(`the bucket answered ${response.status} to ${init.method} ${key}`)
    return response.text()
  }
  return {
    getBlob: (key: string) => send(key, { method: 'GET' }),
    putBlob: async (key: string, content: string) => {
      await send(key, { method: 'PUT', body: content, headers: { 'Content-Type': 'text/plain; charset=utf-8' } })
    },
    signLink: async (key: string) => {
      await aws.sign(`${root}/${key}?X-Amz-Expires=300`, { method: 'GET', aws: { signQuery: true } })
    },
  }
}

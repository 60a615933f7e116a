import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { localCredentials, sdkSettings } from '../../../infra/local/sdk-settings.ts'
import { start } from '../../../infra/local/start.ts'
import type { FixtureFolder, RunningFixture } from './fixture/running-fixture.ts'
import { eventually, makeFixtureFolder, startFixture } from './fixture/running-fixture.ts'

let folder: FixtureFolder
let fixture: RunningFixture

beforeAll(async () => {
  folder = await makeFixtureFolder()
  fixture = await startFixture({ assembly: folder.assembly })
})
afterAll(async () => {
  await fixture.cloud.stop()
  await folder.remove()
})

const request = (path: string, init?: RequestInit) => fetch(`${fixture.cloud.baseUrl}${path}`, init)

describe('the API', () => {
  test('reaches its function with the event and with the variables of the template only', async () => {
    process.env.SECRET_OF_THE_HOST = 'x'
    const answer = await request('/v1/p%201/items/a%2Fb?q=1', { headers: { 'X-Some-Thing': 'v' } })
    delete process.env.SECRET_OF_THE_HOST
    expect(answer.status).toBe(200)
    expect(answer.headers.get('x-echo')).toBe('yes')
    const { event, environment, functionName } = (await answer.json()) as Record<string, Record<string, unknown>>
    expect(event).toMatchObject({
      resource: '/v1/{project_id}/items/{name}',
      path: '/v1/p%201/items/a%2Fb',
      pathParameters: { project_id: 'p 1', name: 'a/b' },
      queryStringParameters: { q: '1' },
      requestContext: { stage: 'test' },
    })
    expect(functionName).toBe(fixture.nameOf('Echo'))
    expect(environment).toMatchObject({
      TABLE_NAME: fixture.nameOf('Table'),
      BUCKET_NAME: fixture.nameOf('Bucket'),
      QUEUE_URL: fixture.nameOf('Jobs'),
      PROFILE: 'hosted',
      OPENNESS: 'closed doors',
      AWS_ENDPOINT_URL_DYNAMODB: fixture.cloud.endpoints.dynamodb,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
    })
    expect(environment).not.toHaveProperty('SECRET_OF_THE_HOST')
    expect(environment).not.toHaveProperty('HOME')
  })

  test('answers an unknown route or method with the gateway response of the template', async () => {
    for (const [path, method] of [
      ['/nothing', 'GET'],
      ['/v1/p/items', 'DELETE'],
      ['/v1/p/items', 'OPTIONS'],
    ] as const) {
      const answer = await request(path, { method })
      expect(answer.status).toBe(404)
      expect(answer.headers.get('retry-after')).toBe('1')
      expect(answer.headers.get('x-request-id')).toBe(answer.headers.get('x-amzn-requestid'))
      expect(await answer.json()).toEqual({ error_code: 'APIGW.0101', error_msg: 'Missing Authentication Token' })
    }
    const head = await request('/v1/p/items', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([404, ''])
  })

  test.each([
    ['throw', 502, 'Internal server error'],
    ['malformed', 502, 'Internal server error'],
    ['huge', 502, 'Internal server error'],
    ['hang', 504, 'Endpoint request timed out'],
  ])('a function that does "%s" gives %d', async (mood, status, message) => {
    const answer = await request(`/moody?mood=${mood}`)
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ error_msg: message })
  })

  test('passes several values of a header, and bytes', async () => {
    const cookies = await request('/moody?mood=cookies')
    expect(cookies.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(cookies.headers.get('x-one')).toBe('1')
    const bytes = await request('/moody?mood=binary')
    expect([...new Uint8Array(await bytes.arrayBuffer())]).toEqual([0, 255, 1])
  })

  test('takes a body, refuses one over 10 MB or over what a function can take, and a broken encoding', async () => {
    const post = (body: string) => request('/v1/p/items', { method: 'POST', body })
    expect(await (await post('{"a":1}')).json()).toMatchObject({ event: { body: '{"a":1}', isBase64Encoded: false } })
    const tooLarge = await post('x'.repeat(11 * 1024 * 1024))
    expect([tooLarge.status, await tooLarge.json()]).toEqual([413, { message: 'Request Too Long' }])
    expect((await post('x'.repeat(7 * 1024 * 1024))).status).toBe(413)
    expect((await request('/v1/p/items?q=%zz')).status).toBe(400)
  })
})

test('a schedule can be fired at once', async () => {
  await fixture.cloud.fireSchedules()
  const line = await eventually(() => fixture.linesOf('Ticker')[0])
  expect(JSON.parse(line)).toMatchObject({ source: 'aws.events', 'detail-type': 'Scheduled Event' })
})

test('only this machine can connect', async () => {
  const outside = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .find((item) => item.family === 'IPv4' && !item.internal)
  const ports = [fixture.cloud.baseUrl, ...Object.values(fixture.cloud.endpoints)].map((url) =>
    Number(new URL(url).port),
  )
  const sockets = (await readFile('/proc/net/tcp', 'utf8').catch(() => ''))
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
  for (const port of ports) {
    const listening = sockets.filter(
      ([, local = '', , state]) => state === '0A' && Number.parseInt(local.split(':')[1] ?? '', 16) === port,
    )
    for (const [, local] of listening) expect(local).toMatch(/^0100007F:/)
    if (!outside) continue
    const refused = await new Promise((resolve) => {
      const socket = connect(port, outside.address, () => resolve(false)).on('error', () => resolve(true))
      socket.on('connect', () => socket.destroy())
    })
    expect(refused).toBe(true)
  }
})

test('the services behind the functions answer to nobody who was not given the key id of this start', async () => {
  const { dynamodb, s3, lambda } = fixture.cloud.endpoints
  const signed = (id: string) => ({
    authorization: `AWS4-HMAC-SHA256 Credential=${id}/20260101/us-east-1/x/aws4_request`,
  })
  const calls: [string, RequestInit][] = [
    [dynamodb, { method: 'POST', headers: { 'x-amz-target': 'DynamoDB_20120810.ListTables' }, body: '{}' }],
    [s3, { method: 'POST', headers: { 'x-amz-target': 'AmazonSQS.ListQueues' }, body: '{}' }],
    [`${s3}/${fixture.nameOf('Bucket')}?list-type=2`, {}],
    [`${s3}/${fixture.nameOf('Bucket')}/any?X-Amz-Credential=local%2F20260101%2Fus-east-1%2Fs3%2Faws4_request`, {}],
    [`${s3}/_fauxqs/queues`, {}],
    [`${lambda}/2015-03-31/functions/${fixture.nameOf('Echo')}/invocations`, { method: 'POST', body: '{}' }],
  ]
  for (const [url, init] of calls) {
    expect((await fetch(url, init)).status, url).toBe(403)
    const other = { ...init, headers: { ...init.headers, ...signed('local') } }
    expect((await fetch(url, other)).status, url).toBe(403)
  }
  const own = { ...calls[0]![1], headers: { ...calls[0]![1].headers, ...signed(localCredentials.accessKeyId) } }
  expect((await fetch(dynamodb, own)).status).not.toBe(403)
})

test('parameters change what functions see, and two clouds live side by side', async () => {
  const other = await startFixture({ assembly: folder.assembly, parameters: { TemplateProfile: 'open', Rate: '1' } })
  try {
    const answer = await fetch(`${other.cloud.baseUrl}/v1/p/items`)
    expect(await answer.json()).toMatchObject({ environment: { PROFILE: 'open', OPENNESS: 'open doors' } })
    expect((await fetch(`${other.cloud.baseUrl}/v1/p/items`)).status).toBe(429)
    expect((await request('/v1/p/items')).status).toBe(200)
  } finally {
    await other.cloud.stop()
  }
})

test('wrong parameters and a taken port are errors, and leave nothing running', async () => {
  const { assembly } = folder
  await expect(start({ assembly, parameters: { TemplateProfile: 'closed' } })).rejects.toThrow(/none of hosted, open/)
  const port = Number(new URL(fixture.cloud.baseUrl).port)
  await expect(start({ assembly, port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

describe('a data folder', () => {
  test('keeps items, objects, and messages that wait or are in flight', async () => {
    const dataDir = await folder.makeFolder()
    const options = { assembly: folder.assembly, dataDir, parameters: { VisibilitySeconds: '2' } }
    const first = await startFixture(options)
    const table = new DynamoDBClient(sdkSettings(first.cloud.endpoints.dynamodb))
    const Item = { pk: { S: 'p' }, sk: { S: 's' }, listingKey: { S: 'l' }, jobShard: { S: 'j' }, text: { S: 'kept' } }
    await table.send(new PutItemCommand({ TableName: first.nameOf('Table'), Item }))
    const bucket = new S3Client({ ...sdkSettings(first.cloud.endpoints.s3), forcePathStyle: true })
    await bucket.send(new PutObjectCommand({ Bucket: first.nameOf('Bucket'), Key: 'a/b', Body: 'blob' }))
    const queue = new SQSClient(sdkSettings(first.cloud.endpoints.sqs))
    for (const [index, MessageBody] of ['hang 1', 'ok 2'].entries()) {
      const message = {
        QueueUrl: first.nameOf('Jobs'),
        MessageBody,
        MessageGroupId: 'g',
        MessageDeduplicationId: `${index}`,
      }
      await queue.send(new SendMessageCommand(message))
    }
    await eventually(() => first.linesOf('Consumer').some((line) => line.includes('"begin":"hang 1"')))
    await first.cloud.stop()

    const second = await startFixture(options)
    try {
      expect(second.cloud.endpoints.sqs).not.toBe(first.cloud.endpoints.sqs)
      const tableNow = new DynamoDBClient(sdkSettings(second.cloud.endpoints.dynamodb))
      const Key = { pk: { S: 'p' }, sk: { S: 's' } }
      const found = await tableNow.send(new GetItemCommand({ TableName: second.nameOf('Table'), Key }))
      expect(found.Item).toEqual(Item)
      const jobs = await tableNow.send(
        new QueryCommand({
          TableName: second.nameOf('Table'),
          IndexName: 'jobs',
          KeyConditionExpression: 'jobShard = :j',
          ExpressionAttributeValues: { ':j': { S: 'j' } },
        }),
      )
      expect(jobs.Items).toEqual([{ pk: { S: 'p' }, sk: { S: 's' }, jobShard: { S: 'j' } }])
      const bucketNow = new S3Client({ ...sdkSettings(second.cloud.endpoints.s3), forcePathStyle: true })
      const blob = await bucketNow.send(new GetObjectCommand({ Bucket: second.nameOf('Bucket'), Key: 'a/b' }))
      expect(await blob.Body?.transformToString()).toBe('blob')
      const begins = () =>
        second
          .linesOf('Consumer')
          .flatMap((line) => /"begin":"([^"]+)".*?"count":(\d)/.exec(line)?.slice(1).join(' x') ?? [])
      await eventually(() => begins()[0] === 'hang 1 x2')
      expect(begins()).toEqual(['hang 1 x2'])
      await second.cloud.killFunctionThreads('Consumer')
      await eventually(() => second.linesOf('Mourner').some((line) => line.includes('hang 1')))
      await eventually(() => begins().includes('ok 2 x1'))
      const queueNow = new SQSClient(sdkSettings(second.cloud.endpoints.sqs))
      const attributes = await queueNow.send(
        new GetQueueAttributesCommand({ QueueUrl: second.nameOf('Jobs'), AttributeNames: ['All'] }),
      )
      expect(attributes.Attributes).toMatchObject({ VisibilityTimeout: '2', FifoQueue: 'true' })
    } finally {
      await second.cloud.stop()
    }
  })
})

import { randomUUID } from 'node:crypto'
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sdkSettings } from '../../../infra/local/sdk-settings.ts'
import { selectHandled } from '../../../infra/local/sqs-event.ts'
import type { FixtureFolder, RunningFixture } from './fixture/running-fixture.ts'
import { eventually, makeFixtureFolder, startFixture } from './fixture/running-fixture.ts'

let folder: FixtureFolder
let fixture: RunningFixture
let client: SQSClient

beforeAll(async () => {
  folder = await makeFixtureFolder()
  fixture = await startFixture({ assembly: folder.assembly })
  client = new SQSClient({ ...sdkSettings(fixture.cloud.endpoints.sqs), maxAttempts: 1 })
})
afterAll(async () => {
  client.destroy()
  await fixture.cloud.stop()
  await folder.remove()
})

type Line = {
  begin?: string
  end?: string
  dead?: string
  group?: string
  count?: number
  record?: Record<string, unknown>
}
const linesOf = (name: string) =>
  fixture
    .linesOf(name)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line)
const begins = (body: string) => linesOf('Consumer').filter((line) => line.begin === body)
const ended = (body: string) => linesOf('Consumer').find((line) => line.end === body)

const send = (body: string, group: string) =>
  client.send(
    new SendMessageCommand({
      QueueUrl: fixture.nameOf('Jobs'),
      MessageBody: body,
      MessageGroupId: group,
      MessageDeduplicationId: randomUUID(),
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'test' } },
    }),
  )

async function left(): Promise<number> {
  const command = new GetQueueAttributesCommand({ QueueUrl: fixture.nameOf('Jobs'), AttributeNames: ['All'] })
  const { Attributes: all = {} } = await client.send(command)
  return Number(all.ApproximateNumberOfMessages) + Number(all.ApproximateNumberOfMessagesNotVisible)
}

describe('a queue mapping', () => {
  test('gives the function the event of SQS, soon after the message was sent', async () => {
    await send('ok warm up', 'g0')
    await eventually(() => ended('ok warm up'))
    const sentAtMs = performance.now()
    await send('ok first', 'g0')
    await eventually(() => ended('ok first'))
    expect(performance.now() - sentAtMs).toBeLessThan(500)
    expect(begins('ok first')[0]?.record).toMatchObject({
      messageId: expect.any(String),
      receiptHandle: expect.any(String),
      body: 'ok first',
      md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventSource: 'aws:sqs',
      eventSourceARN: expect.stringMatching(/^arn:aws:sqs:us-east-1:000000000000:Jobs.*\.fifo$/),
      awsRegion: 'us-east-1',
      attributes: {
        ApproximateReceiveCount: '1',
        ApproximateFirstReceiveTimestamp: expect.any(String),
        SentTimestamp: expect.any(String),
        SenderId: expect.any(String),
        SequenceNumber: expect.any(String),
        MessageGroupId: 'g0',
        MessageDeduplicationId: expect.any(String),
      },
      messageAttributes: { kind: { stringValue: 'test', dataType: 'String' } },
    })
  })

  test('keeps the order within a group and runs groups side by side', async () => {
    for (const body of ['nap a1', 'nap a2', 'nap a3']) await send(body, 'a')
    for (const body of ['nap b1', 'nap b2']) await send(body, 'b')
    await eventually(() => ended('nap a3') && ended('nap b2'))
    const order = linesOf('Consumer').map((line) => line.begin ?? line.end ?? '')
    const ofA = order.filter((body) => body.startsWith('nap a'))
    expect(ofA).toEqual(['nap a1', 'nap a1', 'nap a2', 'nap a2', 'nap a3', 'nap a3'])
    expect(order.indexOf('nap b1')).toBeLessThan(order.lastIndexOf('nap a3'))
  })

  test('leaves a failed message for its visibility timeout, holds its group back, then gives it up to the dead letters', async () => {
    await send('fail c1', 'c')
    await send('ok c2', 'c')
    await eventually(() => linesOf('Mourner').some((line) => line.dead === 'fail c1'))
    await eventually(() => ended('ok c2'))
    expect(begins('fail c1').map((line) => line.count)).toEqual([1, 2])
    const order = linesOf('Consumer').flatMap((line) => line.begin ?? [])
    expect(order.lastIndexOf('fail c1')).toBeLessThan(order.indexOf('ok c2'))
  })

  test('treats an error of the function as a failure of the whole batch', async () => {
    await send('throw d1', 'd')
    await eventually(() => linesOf('Mourner').some((line) => line.dead === 'throw d1'))
    expect(begins('throw d1')).toHaveLength(2)
  })

  test('a function whose machine dies leaves its message to the next one', async () => {
    await send('hang e1', 'e')
    await eventually(() => begins('hang e1').length === 1)
    const killedAtMs = Date.now()
    expect(await fixture.cloud.killFunctionThreads('Consumer')).toBe(1)
    await eventually(() => begins('hang e1').length === 2)
    expect(Date.now() - killedAtMs).toBeGreaterThan(300)
    expect(await fixture.cloud.killFunctionThreads('Consumer')).toBe(1)
    await eventually(() => linesOf('Mourner').some((line) => line.dead === 'hang e1'))
  })

  test('deletes what was handled', async () => {
    await eventually(() => ended('ok first'))
    await expect.poll(left, { timeout: 5000 }).toBe(0)
  })

  test('a queue can be made to refuse messages for a while', async () => {
    fixture.cloud.refuseQueueSends(true)
    await expect(send('ok f1', 'f')).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } })
    fixture.cloud.refuseQueueSends(false)
    await send('ok f2', 'f')
    await eventually(() => ended('ok f2'))
    expect(begins('ok f1')).toHaveLength(0)
  })
})

describe('what a report of failures means', () => {
  const messages = [{ MessageId: 'm1' }, { MessageId: 'm2' }]
  const handled = (answer: unknown, reports = true) => {
    const result = { requestId: 'r', payload: Buffer.from(JSON.stringify(answer)), error: undefined, crashed: false }
    const definition = {
      logicalId: 'x',
      queueName: 'q',
      queueArn: 'a',
      functionName: 'f',
      batchSize: 2,
      maximumConcurrency: 1,
    }
    return selectHandled(messages, result, { ...definition, reportsBatchItemFailures: reports }).map((m) => m.MessageId)
  }
  test.each([
    [null, ['m1', 'm2']],
    [{}, ['m1', 'm2']],
    [{ batchItemFailures: [] }, ['m1', 'm2']],
    [{ batchItemFailures: [{ itemIdentifier: 'm1' }] }, ['m2']],
    [{ batchItemFailures: [{ itemIdentifier: 'other' }] }, []],
    [{ batchItemFailures: [{ itemIdentifier: '' }] }, []],
    [{ batchItemFailures: [{}] }, []],
    [{ batchItemFailures: 'all' }, []],
  ])('%j handles %j', (answer, expected) => {
    expect(handled(answer)).toEqual(expected)
  })

  test('without reports, any answer handles all', () => {
    expect(handled({ batchItemFailures: [{ itemIdentifier: 'm1' }] }, false)).toEqual(['m1', 'm2'])
  })
})

/** What is on the queue: messages that point at jobs, and bodies that never can; and how messages get there. */
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type QueueBucketService, startQueueBucketService } from '../../../infra/local/queue-bucket-service.ts'
import { localCredentials, sdkSettings } from '../../../infra/local/sdk-settings.ts'
import { openJobQueue, parseJobMessage } from '../../../shared/job/queue.ts'

const message = { project: 'p', stackName: 'web', stackId: 's', jobId: 'j' }

describe('the body of a message', () => {
  test('points at the job of a stack, and knows nothing else of it', () => {
    expect(parseJobMessage(JSON.stringify(message))).toEqual(message)
    expect(parseJobMessage(JSON.stringify({ ...message, secret: 'hunter2' }))).toEqual(message)
  })

  test.each(['', 'no JSON', 'null', '[]', '{}', '"text"', JSON.stringify({ ...message, jobId: 7 }), '{"project":"p"}'])(
    'that is %s is no job, and not an error either: it would only come again',
    (body) => {
      expect(parseJobMessage(body)).toBeUndefined()
    },
  )
})

describe('a message', () => {
  let service: QueueBucketService
  let url: string
  beforeAll(async () => {
    service = await startQueueBucketService()
    await service.createQueue({ logicalId: 'Jobs', name: 'jobs.fifo', attributes: { FifoQueue: 'true' } })
    url = `${service.endpoint}/000000000000/jobs.fifo`
  })
  afterAll(() => service?.stop())
  afterEach(() => vi.unstubAllEnvs())

  function openAt(queueUrl: string) {
    vi.stubEnv('QUEUE_URL', queueUrl)
    vi.stubEnv('AWS_REGION', 'us-east-1')
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', service.endpoint)
    vi.stubEnv('AWS_ACCESS_KEY_ID', localCredentials.accessKeyId)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', localCredentials.secretAccessKey)
    return openJobQueue()
  }

  async function received() {
    const client = new SQSClient(sdkSettings(service.endpoint))
    const answer = await client.send(
      new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'] }),
    )
    client.destroy()
    return (answer.Messages ?? []).map(({ Body, Attributes }) => ({
      body: JSON.parse(Body ?? ''),
      group: Attributes?.MessageGroupId,
      once: Attributes?.MessageDeduplicationId,
    }))
  }

  test('arrives once for each attempt, in the group of its stack or plan', async () => {
    const queue = openAt(url)
    const ofPlan = { ...message, plan: { name: 'n', id: 'plan-1' }, jobId: 'k' }
    await queue.send(message, 0)
    await queue.send(message, 0)
    await queue.send(ofPlan, 2)
    expect(await received()).toEqual([
      { body: message, group: 's', once: 'j-0' },
      { body: ofPlan, group: 'plan-1', once: 'k-2' },
    ])
  })

  test('to a queue that is not there is an error that says so', async () => {
    const queue = openAt(`${service.endpoint}/000000000000/nowhere.fifo`)
    await expect(queue.send(message, 0)).rejects.toMatchObject({ name: expect.stringContaining('QueueDoesNotExist') })
  })
})

/** What is on the queue: messages that point at jobs, and bodies that never can; and how messages get there. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
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

  test('that the queue refuses is an error that says what it answered', async () => {
    const queue = openAt(`${service.endpoint}/000000000000/nowhere.fifo`)
    await expect(queue.send(message, 0)).rejects.toThrow(
      /^the queue answered 400 \(\w*QueueDoesNotExist\) to SendMessage$/,
    )
  })

  test('is sent again when a connection breaks, and not for ever', async () => {
    let broken = 2
    const seen: (string | undefined)[] = []
    const server: Server = createServer((request, response) => {
      seen.push(request.headers.authorization)
      broken -= 1
      if (broken >= 0) request.socket.destroy()
      else response.end('{}')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const queue = openAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/1/jobs.fifo`)
    await queue.send(message, 0)
    expect(seen).toHaveLength(3)
    for (const signature of seen) expect(signature).toMatch(/^AWS4-HMAC-SHA256 .*\/sqs\/aws4_request/)
    broken = 100
    await expect(queue.send(message, 0)).rejects.toThrow('fetch failed')
    expect(seen).toHaveLength(6)
    server.closeAllConnections()
    server.close()
  })
})

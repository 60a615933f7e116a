/**
 * SQS and S3 on this machine: fauxqs, on 127.0.0.1 only, in memory or in a SQLite file.
 *
 * Not emulated: the end of a message's retention, bucket versions and their expiry, encryption, policies, the expiry of
 * pre-signed links; one object is at most 11 MB. Messages that were in flight when the machine stopped are delivered again
 * at the next start: their consumers lived on it. A message's visibility must never be set to 0 seconds when messages are
 * kept in a file: fauxqs 2.4.1 then fails and forgets the message until the next start.
 */
import { SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { buildApp } from 'fauxqs'
import type { BucketDefinition, QueueDefinition } from './cloud-model.ts'
import type { FauxqsStores } from './fauxqs-stores.ts'
import { openFauxqsStores } from './fauxqs-stores.ts'
import { isOwnRequest, refusal, refusedStatus } from './own-requests.ts'
import { localAccountId, localRegion } from './physical-names.ts'
import { sdkSettings } from './sdk-settings.ts'

export type QueueBucketService = {
  endpoint: string
  /** Idempotent: the messages of an earlier start are kept, attributes that changed since are set. */
  createQueue(queue: QueueDefinition): Promise<void>
  /** Idempotent: the objects of an earlier start are kept. */
  createBucket(bucket: BucketDefinition): void
  /** Ends every waiting receive call at once, empty-handed. */
  wakeReceivers(): void
  /** While on, every call that sends messages is answered 503: for tests of what happens when a queue is away. */
  refuseSends(refuse: boolean): void
  /** While there is a word, every write of an object with it in its key is answered 503: for tests, as above. */
  refuseWrites(word: string | undefined): void
  stop(): Promise<void>
}

/** @param dataFolder where messages and objects are kept between starts; absent: in memory */
export async function startQueueBucketService(dataFolder?: string): Promise<QueueBucketService> {
  const { stores, close } = await openFauxqsStores(dataFolder)
  for (const queue of stores.sqsStore.allQueues()) {
    for (const message of queue.inflightMessages.values()) message.visibilityDeadline = Date.now()
  }
  const app = buildApp({ logger: false, defaultRegion: localRegion, stores })
  let refusing = false
  app.addHook('onRequest', async (request, reply) => {
    if (!isOwnRequest(request)) return reply.status(refusedStatus).header('connection', 'close').send(refusal)
    const action = String(request.headers['x-amz-target'] ?? '')
    if (!refusing || !action.startsWith('AmazonSQS.SendMessage')) return
    return reply.status(503).header('content-type', 'application/x-amz-json-1.0').send({
      __type: 'com.amazonaws.sqs#ServiceUnavailable',
      message: 'The queue refuses messages.',
    })
  })
  let refusedWord: string | undefined
  app.addHook('onRequest', async ({ method, url }, reply) => {
    if (refusedWord === undefined || method !== 'PUT' || !url.includes(refusedWord)) return
    await reply.status(503).send()
  })
  app.addHook('onClose', async () => close())
  const endpoint = await app.listen({ port: 0, host: '127.0.0.1' })
  const client = new SQSClient(sdkSettings(endpoint))
  return {
    endpoint,
    createQueue: (queue) => createQueue({ stores, client, endpoint }, queue),
    createBucket: ({ name }) => stores.s3Store.createBucket(name),
    wakeReceivers: () => stores.sqsStore.shutdown(),
    refuseSends: (refuse) => {
      refusing = refuse
    },
    refuseWrites: (word) => {
      refusedWord = word
    },
    stop: async () => {
      client.destroy()
      await app.close()
    },
  }
}

type QueueContext = { stores: FauxqsStores; client: SQSClient; endpoint: string }

async function createQueue({ stores, client, endpoint }: QueueContext, { name, attributes }: QueueDefinition) {
  const url = `${endpoint}/${localAccountId}/${name}`
  if (!stores.sqsStore.getQueueByName(name)) {
    // Directly in the store: the API would merge the attributes in another order and give a URL with another host.
    stores.sqsStore.createQueue(name, url, `arn:aws:sqs:${localRegion}:${localAccountId}:${name}`, attributes, {})
    return
  }
  const { FifoQueue: _fixed, ...changeable } = attributes
  await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: changeable }))
}

/**
 * Event source mappings: polls a queue and gives what it receives to a function, a batch at a time, as many batches at
 * once as the mapping allows. A message is deleted once its function handled it; all others reappear at their visibility
 * timeout, and go to the dead-letter queue by the queue's own redrive policy. FIFO order is the queue's: it gives out no
 * message of a group while another one of it is in flight.
 */
import type { Message } from '@aws-sdk/client-sqs'
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { EventSourceDefinition } from './cloud-model.ts'
import type { InvocationResult } from './lambda-host.ts'
import { localAccountId } from './physical-names.ts'
import { sdkSettings } from './sdk-settings.ts'
import { buildSqsEvent, selectHandled } from './sqs-event.ts'

export type EventSources = {
  /** Stops receiving and waits for the batches at work; to be called before the functions are stopped. */
  stop(): Promise<void>
}

export type EventSourcesInput = {
  definitions: EventSourceDefinition[]
  queueEndpoint: string
  /** Ends every waiting receive call at once. */
  wakeReceivers: () => void
  invoke: (functionName: string, payload: string) => Promise<InvocationResult>
  report: (line: string) => void
}

type Poller = {
  input: EventSourcesInput
  definition: EventSourceDefinition
  client: SQSClient
  queueUrl: string
  batches: Set<Promise<void>>
  stopping: AbortSignal
  stopped: Promise<void>
}

/** Long enough that an idle queue costs nothing; a message that arrives ends the wait at once. */
const waitSeconds = 20
const pauseAfterErrorMs = 500

export function startEventSources(input: EventSourcesInput): EventSources {
  const stopping = new AbortController()
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()))
  const client = new SQSClient(sdkSettings(input.queueEndpoint))
  const pollers = input.definitions.map((definition): Poller => {
    const queueUrl = `${input.queueEndpoint}/${localAccountId}/${definition.queueName}`
    return { input, definition, client, queueUrl, batches: new Set(), stopping: stopping.signal, stopped }
  })
  const loops = Promise.all(pollers.map(poll))
  return {
    stop: async () => {
      stopping.abort()
      // A receive call may be on its way to the queue just now, so once is not enough.
      input.wakeReceivers()
      const waking = setInterval(input.wakeReceivers, 20)
      await loops
      clearInterval(waking)
      await Promise.all(pollers.flatMap(({ batches }) => [...batches]))
      client.destroy()
    },
  }
}

async function poll(poller: Poller): Promise<void> {
  const { definition, batches, stopping, stopped, input } = poller
  while (!stopping.aborted) {
    if (batches.size >= definition.maximumConcurrency) {
      await Promise.race([...batches, stopped])
      continue
    }
    const messages = await receive(poller).catch(async (error: Error) => {
      if (!stopping.aborted) input.report(`${definition.queueName}: receiving failed: ${error.message}`)
      await new Promise((resolve) => setTimeout(resolve, stopping.aborted ? 0 : pauseAfterErrorMs))
      return []
    })
    if (messages.length === 0) continue
    const batch = handle(poller, messages).catch((error: Error) => {
      input.report(`${definition.queueName}: ${error.stack ?? error.message}`)
    })
    batches.add(batch)
    void batch.finally(() => batches.delete(batch))
  }
}

async function receive({ client, definition, queueUrl }: Poller): Promise<Message[]> {
  const received = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: definition.batchSize,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
  )
  return received.Messages ?? []
}

async function handle(poller: Poller, messages: Message[]): Promise<void> {
  const { input, definition, client, queueUrl, stopping } = poller
  const { functionName } = definition
  const payload = JSON.stringify(buildSqsEvent(messages, definition))
  const outcome = await input.invoke(functionName, payload).catch((error: Error) => error)
  if (outcome instanceof Error || outcome.error) {
    const message = outcome instanceof Error ? outcome.message : outcome.error?.errorMessage
    input.report(`${functionName} failed on ${messages.length} message(s) of ${definition.queueName}: ${message}`)
  }
  const handled = outcome instanceof Error ? [] : selectHandled(messages, outcome, definition)
  if (handled.length > 0) {
    const Entries = handled.map(({ ReceiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle: ReceiptHandle ?? '',
    }))
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
  }
  if (outcome instanceof Error && stopping.aborted) await release(poller, messages)
}

/**
 * The runtime stops and no function has seen these messages, so they need not wait out their visibility timeout: the next
 * start is to find them soon. (What a function began, it may still hold a lease on; that waits as on AWS.)
 * One second, not none: see `queue-bucket-service.ts`.
 */
async function release({ client, queueUrl }: Poller, messages: Message[]): Promise<void> {
  for (const { ReceiptHandle } of messages) {
    await client.send(new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle, VisibilityTimeout: 1 }))
  }
}

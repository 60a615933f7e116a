/** The event that Lambda makes of messages received from SQS, and what the function's answer means for them. */
import type { Message } from '@aws-sdk/client-sqs'
import type { SQSEvent, SQSMessageAttributes, SQSRecordAttributes } from 'aws-lambda'
import type { EventSourceDefinition } from './cloud-model.ts'
import type { InvocationResult } from './lambda-host.ts'
import { localRegion } from './physical-names.ts'

export function buildSqsEvent(messages: Message[], { queueArn }: EventSourceDefinition): SQSEvent {
  const Records = messages.map((message) => ({
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    // The service gives exactly the attributes that the event has; the SDK's type makes every one optional.
    attributes: message.Attributes as unknown as SQSRecordAttributes,
    messageAttributes: buildMessageAttributes(message.MessageAttributes),
    md5OfBody: message.MD5OfBody ?? '',
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: localRegion,
  }))
  return { Records }
}

function buildMessageAttributes(attributes: Message['MessageAttributes'] = {}): SQSMessageAttributes {
  const built: SQSMessageAttributes = {}
  for (const [name, { DataType: dataType = 'String', StringValue, BinaryValue }] of Object.entries(attributes)) {
    const value = BinaryValue
      ? { binaryValue: Buffer.from(BinaryValue).toString('base64') }
      : { stringValue: StringValue ?? '' }
    built[name] = { ...value, stringListValues: [], binaryListValues: [], dataType }
  }
  return built
}

/**
 * The messages that were handled and are to be deleted; the others reappear at their visibility timeout.
 * A failed function handled none. One that reports failures handled all but those; a report that is malformed or names a
 * message outside the batch means that none was handled, as on AWS.
 */
export function selectHandled(
  messages: Message[],
  result: InvocationResult,
  { reportsBatchItemFailures }: EventSourceDefinition,
): Message[] {
  if (result.error) return []
  if (!reportsBatchItemFailures) return messages
  const failures = readFailures(result.payload.toString('utf8'))
  const ids = new Set(messages.map(({ MessageId }) => MessageId))
  if (!failures?.every((id) => ids.has(id))) return []
  return messages.filter(({ MessageId }) => !failures.includes(MessageId ?? ''))
}

function readFailures(payload: string): string[] | undefined {
  try {
    const answer = JSON.parse(payload) as { batchItemFailures?: { itemIdentifier: string }[] | null } | null
    return (answer?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier)
  } catch {
    return undefined
  }
}

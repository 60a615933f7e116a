/**
 * Jobs on the queue. A message only points at the job in the item that it is about; losing it, or getting it twice, changes
 * nothing. One group per stack keeps its jobs in order; plans have a group each, because they change nothing.
 */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import * as z from 'zod/mini'
import { readEnvironment } from '../aws/environment.ts'

export const JobMessage = z.object({
  project: z.string(),
  stackName: z.string(),
  stackId: z.string(),
  /** Present when the job makes an execution plan. */
  plan: z.optional(z.object({ name: z.string(), id: z.string() })),
  jobId: z.string(),
})
export type JobMessage = z.infer<typeof JobMessage>

/** Undefined for a body that can never become a job: deliver it again and nothing changes. */
export function parseJobMessage(body: string): JobMessage | undefined {
  try {
    return JobMessage.parse(JSON.parse(body))
  } catch {
    return undefined
  }
}

export interface JobQueue {
  /** The queue drops a repetition of the same job and attempt for five minutes. */
  send(message: JobMessage, attempt: number): Promise<void>
}

export function openJobQueue(): JobQueue {
  const { QUEUE_URL } = readEnvironment('QUEUE_URL')
  const client = new SQSClient({})
  return {
    send: async (message, attempt) => {
      await client.send(
        new SendMessageCommand({
          QueueUrl: QUEUE_URL,
          MessageBody: JSON.stringify(message),
          MessageGroupId: message.plan?.id ?? message.stackId,
          MessageDeduplicationId: `${message.jobId}-${attempt}`,
        }),
      )
    },
  }
}

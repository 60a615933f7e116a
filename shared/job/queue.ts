/**
 * Jobs on the queue. A message only points at the job in the item that it is about; losing it, or getting it twice, changes
 * nothing. One group per stack keeps its jobs in order; plans have a group each, because they change nothing.
 * Sending is one plain signed request: the client of SQS would be a fifteenth of every function that has it.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import * as z from 'zod/mini'
import { awsRuntime, readEnvironment } from '../aws/environment.ts'

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

const connectionTries = 3

/** Again when the connection broke, as one that was idle for long does: a repetition is dropped, so it does no harm. */
async function sendPatiently(aws: AwsClient, url: string, init: RequestInit): Promise<Response> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await aws.fetch(url, init)
    } catch (error) {
      if (tried === connectionTries) throw error
      await wait(50 * tried)
    }
  }
}

export function openJobQueue(): JobQueue {
  const { QUEUE_URL } = readEnvironment('QUEUE_URL')
  const { region, accessKeyId, secretAccessKey, sessionToken } = awsRuntime()
  const aws = new AwsClient({ accessKeyId, secretAccessKey, sessionToken, region, service: 'sqs', retries: 2 })
  return {
    send: async (message, attempt) => {
      const response = await sendPatiently(aws, new URL(QUEUE_URL).origin, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': 'AmazonSQS.SendMessage' },
        body: JSON.stringify({
          QueueUrl: QUEUE_URL,
          MessageBody: JSON.stringify(message),
          MessageGroupId: message.plan?.id ?? message.stackId,
          MessageDeduplicationId: `${message.jobId}-${attempt}`,
        }),
      })
      const answer = await response.text()
      if (response.ok) return
      const code = /"__type"\s*:\s*"(?:[^"#]*#)?(\w+)"/.exec(answer)?.[1] ?? 'no code'
      throw new Error(`the queue answered ${response.status} (${code}) to SendMessage`)
    },
  }
}

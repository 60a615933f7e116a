/**
 * Jobs on the queue. A message only points at the job in the stack's item; losing it, or getting it twice, changes nothing.
 * One group per stack keeps its jobs in order; stacks do not wait for each other.
 */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import * as z from 'zod/mini'
import { readEnvironment } from '../aws/environment.ts'
import type { StackRecord } from '../stack/record.ts'

export const JobMessage = z.object({
  project: z.string(),
  stackName: z.string(),
  stackId: z.string(),
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
  /** Sends the job of a committed stack. The queue drops a repetition of the same job and attempt for five minutes. */
  send(stack: StackRecord): Promise<void>
}

export function openJobQueue(): JobQueue {
  const { QUEUE_URL } = readEnvironment('QUEUE_URL')
  const client = new SQSClient({})
  return {
    send: async (stack) => {
      const { job } = stack
      if (!job) throw new Error(`stack ${stack.id} has no job to send`)
      const message: JobMessage = { project: stack.project, stackName: stack.name, stackId: stack.id, jobId: job.id }
      await client.send(
        new SendMessageCommand({
          QueueUrl: QUEUE_URL,
          MessageBody: JSON.stringify(message),
          MessageGroupId: stack.id,
          MessageDeduplicationId: `${job.id}-${job.attempt}`,
        }),
      )
    },
  }
}

/**
 * Messages that were delivered again and again without an outcome. Their job is ended as failed, with a message, unless
 * somebody is at work on it or it is over.
 */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { systemClock } from '../../shared/aws/clock.ts'
import { singleHostId } from '../../shared/aws/environment.ts'
import { createLog, errorFields } from '../../shared/aws/log.ts'
import { openTable } from '../../shared/aws/table.ts'
import { findJob } from '../../shared/deployment/claim.ts'
import { ended, isLeased } from '../../shared/deployment/outcome.ts'
import { parseJobMessage } from '../../shared/deployment/queue.ts'
import { openStackStore, type StackStore } from '../../shared/stack/store.ts'

const message =
  'The service gave up after several attempts that ended unexpectedly. What was made so far is kept; try again, and tell the operator if it happens again.'

type Verdict = 'not a job' | 'ended' | 'job is over' | 'somebody is at work on it' | 'changed meanwhile'

async function giveUp(stacks: StackStore, body: string): Promise<Verdict> {
  const pointer = parseJobMessage(body)
  if (!pointer) return 'not a job'
  const stack = await findJob(stacks, pointer)
  const now = systemClock().now()
  if (!stack) return 'job is over'
  // Its lease ends by itself; then the sweeper sends it again.
  if (isLeased(stack.job, now, singleHostId())) return 'somebody is at work on it'
  const after = ended(stack, { succeeded: false, message }, now, {}, false)
  if (!after) throw new Error('a failure cannot remove a stack')
  return (await stacks.commit(stack, after)).outcome === 'committed' ? 'ended' : 'changed meanwhile'
}

let stacks: StackStore | undefined

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  stacks ??= openStackStore(openTable())
  const failed: string[] = []
  for (const record of event.Records) {
    const log = createLog({ requestId: context.awsRequestId, body: record.body.slice(0, 500) })
    try {
      log.warn('dead letter', { verdict: await giveUp(stacks, record.body) })
    } catch (error) {
      log.error('the dead letter could not be handled', errorFields(error))
      failed.push(record.messageId)
    }
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }
}

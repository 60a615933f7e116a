/**
 * Messages that were delivered again and again without an outcome. Their job is ended as failed, with a message, unless
 * somebody is at work on it or it is over.
 */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { systemClock } from '../../shared/aws/clock.ts'
import { singleHostId } from '../../shared/aws/environment.ts'
import { createLog, errorFields } from '../../shared/aws/log.ts'
import { openTable } from '../../shared/aws/table.ts'
import { openEventStore } from '../../shared/deployment/events.ts'
import { type GiveUpDependencies, giveUpPlan, giveUpStack } from '../../shared/deployment/give-up.ts'
import { openDeploymentStore } from '../../shared/deployment/record.ts'
import { findStackJob } from '../../shared/deployment/stack-job.ts'
import { parseJobMessage } from '../../shared/job/queue.ts'
import { isLeased } from '../../shared/job/record.ts'
import { findPlanJob } from '../../shared/plan/plan-job.ts'
import { openPlanStore } from '../../shared/plan/store.ts'
import { openStackStore } from '../../shared/stack/store.ts'

const message =
  'The service gave up after several attempts that ended unexpectedly. What was made so far is kept; try again, and tell the operator if it happens again.'

type Verdict = 'not a job' | 'ended' | 'job is over' | 'somebody is at work on it' | 'changed meanwhile'

async function giveUp(stores: GiveUpDependencies, body: string): Promise<Verdict> {
  const pointer = parseJobMessage(body)
  if (!pointer) return 'not a job'
  const now = systemClock().now()
  const plan = pointer.plan && (await findPlanJob(stores.plans, pointer))
  const stack = pointer.plan ? undefined : await findStackJob(stores.stacks, pointer)
  const job = plan?.job ?? stack?.job
  if (!job) return 'job is over'
  // Its lease ends by itself; then the sweeper sends it again.
  if (isLeased(job, now, stores.hostId)) return 'somebody is at work on it'
  const ended = plan
    ? await giveUpPlan(stores, plan, message)
    : stack && (await giveUpStack(stores, stack, message, now))
  return ended ? 'ended' : 'changed meanwhile'
}

function openStores(): GiveUpDependencies {
  const table = openTable()
  return {
    stacks: openStackStore(table),
    plans: openPlanStore(table),
    events: openEventStore(table),
    deployments: openDeploymentStore(table),
    hostId: singleHostId(),
  }
}

let stores: GiveUpDependencies | undefined

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  stores ??= openStores()
  const failed: string[] = []
  for (const record of event.Records) {
    const log = createLog({ requestId: context.awsRequestId, body: record.body.slice(0, 500) })
    try {
      log.warn('dead letter', { verdict: await giveUp(stores, record.body) })
    } catch (error) {
      log.error('the dead letter could not be handled', errorFields(error))
      failed.push(record.messageId)
    }
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }
}

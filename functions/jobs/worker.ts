/** Consumes the queue: one job a delivery, acknowledged only after its outcome is committed. */
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { openBlobs } from '../../shared/aws/blobs.ts'
import { systemClock } from '../../shared/aws/clock.ts'
import { readEnvironment, singleHostId } from '../../shared/aws/environment.ts'
import { createLog, errorFields, type Log } from '../../shared/aws/log.ts'
import { openRunnerClient } from '../../shared/aws/runner-client.ts'
import { openTable } from '../../shared/aws/table.ts'
import type { Deadlines } from '../../shared/deployment/deadlines.ts'
import { openEventStore } from '../../shared/deployment/events.ts'
import { openJobSecrets } from '../../shared/deployment/job-secrets.ts'
import { openDeploymentStore } from '../../shared/deployment/record.ts'
import { openSnapshotStore } from '../../shared/deployment/snapshots.ts'
import { openViewStore } from '../../shared/deployment/view-store.ts'
import { type WorkDependencies, work } from '../../shared/deployment/work.ts'
import { ClaimLost } from '../../shared/job/claim.ts'
import { openJobQueue, parseJobMessage } from '../../shared/job/queue.ts'
import { openPlanItemStore } from '../../shared/plan/items.ts'
import { type MakePlanDependencies, makePlan } from '../../shared/plan/make.ts'
import { openPlanStore } from '../../shared/plan/store.ts'
import { openStackQuota } from '../../shared/stack/quota.ts'
import { openStackStore } from '../../shared/stack/store.ts'

type Dependencies = WorkDependencies & MakePlanDependencies

/** Everything that the environment names. */
export function openDependencies(): Dependencies {
  const table = openTable()
  const blobs = openBlobs()
  const { EVENT_MESSAGE_CHARACTERS } = readEnvironment('EVENT_MESSAGE_CHARACTERS')
  return {
    stacks: openStackStore(table),
    plans: openPlanStore(table),
    items: openPlanItemStore(blobs),
    quota: openStackQuota(table),
    events: openEventStore(table, EVENT_MESSAGE_CHARACTERS),
    deployments: openDeploymentStore(table),
    blobs,
    snapshots: openSnapshotStore(blobs),
    views: openViewStore(blobs),
    queue: openJobQueue(),
    runner: openRunnerClient(),
    secrets: openJobSecrets(table),
    clock: systemClock(),
    hostId: singleHostId(),
  }
}

let opened: Dependencies | undefined

/** Kept back from the worker's time for committing the outcome: 15 %, at most 30 seconds. */
function deadlines(context: Context): Deadlines {
  const { RUNNER_TIMEOUT_SECONDS } = readEnvironment('RUNNER_TIMEOUT_SECONDS')
  const remainingMs = context.getRemainingTimeInMillis()
  const now = Date.now()
  const reserveMs = Math.min(30_000, remainingMs * 0.15)
  const stopAtMs = now + Math.min(RUNNER_TIMEOUT_SECONDS * 1000, remainingMs - reserveMs)
  return { leaseUntil: new Date(now + remainingMs), stopAt: new Date(stopAtMs) }
}

/** @returns false when the message must be delivered again. */
async function consume(record: SQSRecord, context: Context, log: Log): Promise<boolean> {
  const message = parseJobMessage(record.body)
  if (!message) {
    log.error('the message is not a job; it is dropped', { body: record.body.slice(0, 500) })
    return true
  }
  const jobLog = createLog({ requestId: context.awsRequestId, ...message })
  try {
    opened ??= openDependencies()
    const perform = message.plan ? makePlan : work
    await perform(opened, jobLog, message, deadlines(context))
    return true
  } catch (error) {
    if (error instanceof ClaimLost) {
      jobLog.info('the job is not ours', { reason: error.message })
      return true
    }
    jobLog.error('the job could not be brought to its end; it will be delivered again', errorFields(error))
    return false
  }
}

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const log = createLog({ requestId: context.awsRequestId })
  const failed: string[] = []
  for (const record of event.Records) {
    // After a failure nothing later may run: the order within a stack's group would be lost.
    if (failed.length > 0 || !(await consume(record, context, log))) failed.push(record.messageId)
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }
}

/** Puts the job that makes an execution plan. */
import { v4 as uuid } from 'uuid'
import { createLog, errorFields } from '../aws/log.ts'
import type { JobQueue } from '../job/queue.ts'
import { waitingJob } from '../job/record.ts'
import type { PlanRecord } from './record.ts'

/** A request for a plan waits in the queue for an hour at most `[hw:CreateExecutionPlan]`. */
const startWithinSeconds = 3600

export function newPlanJob(now: Date) {
  return waitingJob(uuid(), now, startWithinSeconds)
}

/** Sends the job of a plan that is in the table. */
export async function sendPlanJob(queue: JobQueue, plan: PlanRecord): Promise<void> {
  const { project, stackName, stackId, name, id, job } = plan
  if (!job) throw new Error(`plan ${id} has no job to send`)
  await queue.send({ project, stackName, stackId, plan: { name, id }, jobId: job.id }, job.attempt)
}

/** As above, but a failure is logged and left to the sweeper: the plan was accepted. */
export async function handOverPlan(queue: JobQueue, plan: PlanRecord): Promise<void> {
  try {
    await sendPlanJob(queue, plan)
  } catch (error) {
    createLog({ planId: plan.id }).warn('the queue refused a job; the sweeper will send it', errorFields(error))
  }
}

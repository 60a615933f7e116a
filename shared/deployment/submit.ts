/**
 * A command on a stack that starts a job: decide, commit, hand over. The commit is the moment it takes effect; a queue that
 * refuses the message afterwards does not undo it, because the job is in the stack's item and the sweeper sends it again.
 */
import { v7 as sortableUuid, v4 as uuid } from 'uuid'
import { createLog, errorFields } from '../aws/log.ts'
import { RfsError } from '../contract/errors.ts'
import type { JobQueue } from '../job/queue.ts'
import { waitingJob } from '../job/record.ts'
import { decide, type JobKind, type StackCommand } from '../stack/lifecycle.ts'
import type { AppliedPlan, LastCommand, Snapshot, StackJob, StackRecord } from '../stack/record.ts'
import type { StackStore } from '../stack/store.ts'

/** A job that waited longer than this fails `[umn:constraints_and_limitations]`. */
const startWithinSeconds = 6 * 3600

export interface Submission {
  readonly seen: StackRecord
  readonly command: StackCommand
  readonly fingerprint: string
  readonly now: Date
  /** The execution plan that the job is to carry out. */
  readonly plan?: AppliedPlan
  /** Stores what the job needs; called only when the command is allowed. */
  readonly prepare?: (deploymentId: string) => Promise<Snapshot>
  /** Removes what `prepare` stored, after losing the race. */
  readonly discard?: (snapshot: Snapshot) => Promise<void>
}

interface Dependencies {
  readonly stacks: StackStore
  readonly queue: JobQueue
}

/** A job that is on its way to the queue. */
export function newStackJob(kind: JobKind, deploymentId: string, now: Date, attempt = 0): StackJob {
  return { ...waitingJob(uuid(), now, startWithinSeconds, attempt), kind, deploymentId }
}

/** Ids of deployments sort by time, which keeps a stack's events in order. */
export function newDeploymentId(now: Date): string {
  return sortableUuid({ msecs: now.getTime() })
}

/** The earlier answer, when the same request comes again while its job is pending or running (DECISIONS). */
export function earlierAnswer(stack: StackRecord, fingerprint: string): LastCommand | undefined {
  return stack.job && stack.lastCommand?.fingerprint === fingerprint ? stack.lastCommand : undefined
}

/** Sends the job of a committed stack. */
export async function sendStackJob(queue: JobQueue, { project, name, id, job }: StackRecord): Promise<void> {
  if (!job) throw new Error(`stack ${id} has no job to send`)
  await queue.send({ project, stackName: name, stackId: id, jobId: job.id }, job.attempt)
}

/** Sends the job of a committed stack. A failure is logged and left to the sweeper: the command stands. */
export async function handOver(queue: JobQueue, stack: StackRecord): Promise<void> {
  try {
    await sendStackJob(queue, stack)
  } catch (error) {
    createLog({ stackId: stack.id, jobId: stack.job?.id }).warn('the queue refused a job; the sweeper will send it', {
      ...errorFields(error),
    })
  }
}

function change(
  submission: Submission,
  next: StackRecord['status'],
  job: StackJob,
  snapshot: Snapshot | undefined,
): StackRecord {
  const { seen, command, fingerprint, now } = submission
  const { statusMessage: _cleared, lastCancellation: _over, ...kept } = seen
  const deploys = command === 'deploy' || command === 'continueDeploy' || command === 'applyPlan'
  return {
    ...kept,
    status: next,
    updatedAt: now.toISOString(),
    generation: seen.generation + 1,
    job: submission.plan ? { ...job, plan: submission.plan } : job,
    lastCommand: { fingerprint, deploymentId: job.deploymentId },
    ...(snapshot ? { target: snapshot } : {}),
    ...(deploys ? { mayHaveResources: true } : {}),
    // What is shown while the job runs; a deletion goes on showing the target `[GetStackTemplate]`.
    ...((deploys || command === 'continueRollback') && seen.target ? { previous: seen.target } : {}),
  }
}

/**
 * @returns the id of the deployment that the command started.
 * @throws RfsError the refusal of the status that was read (403), or `StackBusy` (409) when another command committed first.
 */
export async function submit(
  { stacks, queue }: Dependencies,
  submission: Submission,
): Promise<{ deploymentId: string }> {
  const { seen, command, fingerprint, now } = submission
  const repeated = earlierAnswer(seen, fingerprint)
  if (repeated?.deploymentId) return { deploymentId: repeated.deploymentId }

  const decision = decide(seen, command)
  if (!decision.ok) throw new RfsError(decision.error, decision.detail)
  if (!decision.job) throw new Error(`${command} starts no job`)

  const deploymentId = newDeploymentId(now)
  const snapshot = await submission.prepare?.(deploymentId)
  const job = newStackJob(decision.job, deploymentId, now)
  const commit = await stacks.commit(seen, change(submission, decision.next, job, snapshot))
  if (commit.outcome === 'committed') {
    await handOver(queue, commit.record)
    return { deploymentId }
  }
  if (snapshot) await submission.discard?.(snapshot)
  if (commit.outcome === 'missing') throw new RfsError('StackNotFound', `Stack ${seen.name} was deleted meanwhile.`)
  const theirs = earlierAnswer(commit.current, fingerprint)
  if (theirs?.deploymentId) return { deploymentId: theirs.deploymentId }
  throw new RfsError('StackBusy')
}

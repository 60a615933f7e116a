/**
 * Stopping what is under way on a stack. The cancellation is marked on the job in the stack's item, by one conditional write;
 * whoever ends the job, or would send it on, then ends it as cancelled. Nobody being at work on it, the same write ends it.
 *
 * A job that runs is told by an object in the bucket. It comes after the commit: when it does not come at all, the run ends
 * as it would have, at the end of its time at the latest, and the job ends as cancelled then. The same request again brings it.
 */
import type { Blobs } from '../aws/blobs.ts'
import { createLog } from '../aws/log.ts'
import { RfsError } from '../contract/errors.ts'
import type { JobQueue } from '../job/queue.ts'
import { isLeased, isWorking } from '../job/record.ts'
import { decide } from '../stack/lifecycle.ts'
import { type Cancellation, type StackRecord, unreferencedBlobs } from '../stack/record.ts'
import type { StackCommit } from '../stack/store.ts'
import { dropBlobs } from './drop-blobs.ts'
import { endIdleJob, type GiveUpDependencies } from './give-up.ts'
import { jobWords } from './job-words.ts'
import { cancelledEnding, requestedBy, type WorkingStack } from './outcome.ts'
import { stopSignKey } from './stop-sign.ts'
import { handOver } from './submit.ts'

export interface CancelDependencies extends GiveUpDependencies {
  readonly blobs: Blobs
  readonly queue: JobQueue
}

export interface CancelRequest {
  readonly seen: StackRecord
  /** Who asks, as it may be shown. */
  readonly by: string
  readonly rollBack: boolean
  readonly fingerprint: string
  readonly now: Date
}

/** A worker may claim the job, or let go of it, between the read and the write. */
const mostRaces = 5

/** @throws RfsError when there is nothing to cancel, or not in this way */
function cancellable(stack: StackRecord, rollBack: boolean): WorkingStack {
  const decision = decide(stack, rollBack ? 'cancelAndRollBack' : 'cancel')
  if (!decision.ok) throw new RfsError(decision.error, decision.detail)
  if (!isWorking(stack)) throw new Error(`stack ${stack.id} is ${stack.status} without a job`)
  if (stack.job.erasing) throw new RfsError('CancelInWrongStatus', 'All resources of the stack are deleted already.')
  if (rollBack && stack.target?.imports) {
    throw new RfsError('TemplateInvalid', 'A rollback would destroy what the template imports; leave roll_back out.')
  }
  if (stack.job.cancellation && stack.job.cancellation.rollBack !== rollBack) {
    const already = stack.job.cancellation.rollBack ? 'with a rollback' : 'without a rollback'
    throw new RfsError('StackBusy', `It is being cancelled already, ${already}; that stands.`)
  }
  return stack
}

const logOf = ({ id, job }: WorkingStack) => createLog({ stackId: id, jobId: job.id })

/** Ends a job that nobody is at work on. */
async function endNow(
  deps: CancelDependencies,
  stack: WorkingStack,
  cancellation: Cancellation,
  { fingerprint, now }: CancelRequest,
): Promise<StackCommit> {
  const { job } = stack
  const failure = cancelledEnding(cancellation)
  const told = [requestedBy(cancellation), `${jobWords[job.kind].fail}: ${failure.message}`]
  const commit = await endIdleJob(
    deps,
    stack,
    {
      failure,
      told: told.map((message) => ({ type: 'LOG', message })),
      change: { lastCancellation: { fingerprint, jobId: job.id, deploymentId: job.deploymentId } },
    },
    now,
  )
  if (commit.outcome === 'committed') {
    if (commit.record.job) await handOver(deps.queue, commit.record)
    await dropBlobs(deps.blobs, logOf(stack), [stopSignKey(stack), ...unreferencedBlobs(stack, commit.record)])
  }
  return commit
}

async function askToStop(
  { stacks, blobs }: CancelDependencies,
  stack: WorkingStack,
  cancellation: Cancellation,
  { fingerprint }: CancelRequest,
): Promise<StackCommit> {
  const { job } = stack
  const commit: StackCommit = job.cancellation
    ? { outcome: 'committed', record: stack }
    : await stacks.commit(stack, {
        ...stack,
        job: { ...job, cancellation },
        lastCancellation: { fingerprint, jobId: job.id, deploymentId: job.deploymentId },
      })
  if (commit.outcome !== 'committed') return commit
  await blobs.put(stopSignKey(stack), requestedBy(cancellation), 'text/plain')
  // The job may have ended before the sign was there, or its erasure looked for blobs; then nobody else takes it away.
  const current = await stacks.find(stack.project, stack.name)
  if (current?.job?.id !== job.id || current.job.erasing) await dropBlobs(blobs, logOf(stack), [stopSignKey(stack)])
  return commit
}

/**
 * @returns the id of the deployment that is cancelled.
 * @throws RfsError `CancelInWrongStatus` or `TemplateInvalid` for what was read, `StackBusy` when another command came first.
 */
export async function cancel(deps: CancelDependencies, request: CancelRequest): Promise<{ deploymentId: string }> {
  const { seen, by, rollBack, fingerprint, now } = request
  const earlier = seen.lastCancellation
  if (earlier?.fingerprint === fingerprint && earlier.jobId !== seen.job?.id) return earlier
  let stack = cancellable(seen, rollBack)
  for (let race = 0; race < mostRaces; race += 1) {
    const { job } = stack
    const cancellation = job.cancellation ?? { by, requestedAt: now.toISOString(), rollBack }
    const end = isLeased(job, now, deps.hostId) ? askToStop : endNow
    const commit = await end(deps, stack, cancellation, request)
    if (commit.outcome === 'committed') return { deploymentId: job.deploymentId }
    if (commit.outcome === 'missing') throw new RfsError('StackNotFound', `Stack ${stack.name} was deleted meanwhile.`)
    if (commit.current.job?.id !== job.id) break
    stack = cancellable(commit.current, rollBack)
  }
  throw new RfsError('StackBusy')
}

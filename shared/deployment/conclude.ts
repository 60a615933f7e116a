/**
 * What follows a run of a claimed job: its outcome is committed, or the job is sent on to another delivery. A cancellation
 * may arrive at any moment until then; the record decides, so it is looked at again whenever it changed.
 */
import type { Blobs } from '../aws/blobs.ts'
import type { Clock } from '../aws/clock.ts'
import type { Log } from '../aws/log.ts'
import { commitClaimed, removeClaimed, stillMine } from '../job/claim.ts'
import type { JobQueue } from '../job/queue.ts'
import { isWorking, putOff, released } from '../job/record.ts'
import { markApplied } from '../plan/applied.ts'
import type { PlanStore } from '../plan/store.ts'
import type { JobKind } from '../stack/lifecycle.ts'
import type { StackQuota } from '../stack/quota.ts'
import { type StackRecord, unreferencedBlobs } from '../stack/record.ts'
import type { StackStore } from '../stack/store.ts'
import { dropBlobs } from './drop-blobs.ts'
import { type EventWriter, flushPatiently } from './event-writer.ts'
import type { EventStore } from './events.ts'
import { jobWords } from './job-words.ts'
import {
  ended,
  endingWord,
  erasing,
  type RunEnding,
  type RunTrace,
  requestedBy,
  verdictOn,
  type WorkingStack,
  withTrace,
} from './outcome.ts'
import type { DeploymentStore } from './record.ts'
import { blobPrefix } from './snapshots.ts'
import { stopSignKey } from './stop-sign.ts'
import { handOver } from './submit.ts'

export interface ConcludeDependencies {
  readonly stacks: StackStore
  readonly plans: PlanStore
  readonly quota: StackQuota
  readonly events: EventStore
  readonly deployments: DeploymentStore
  readonly blobs: Blobs
  readonly queue: JobQueue
  readonly clock: Clock
}

export interface Run {
  readonly ending: RunEnding
  readonly trace: RunTrace
  /** The run has told already who cancelled it. */
  readonly stopped?: boolean | undefined
}

const goesOn = {
  died: 'The engine stopped unexpectedly; the job goes on from the last saved state.',
  interrupted: 'The engine was interrupted to save its state; the job goes on.',
  busy: 'No engine can be started at the moment; the job waits.',
} as const

function lastWord(kind: JobKind, verdict: RunEnding): string {
  if (typeof verdict === 'string') return goesOn[verdict]
  return verdict.succeeded ? jobWords[kind].succeed : `${jobWords[kind].fail}: ${verdict.message}`
}

function tell(events: EventWriter, { kind, cancellation }: WorkingStack['job'], run: Run, verdict: RunEnding): void {
  if (cancellation && !run.stopped) events.log(requestedBy(cancellation))
  if (cancellation && typeof verdict !== 'string' && verdict.succeeded) events.log('The cancellation came too late.')
  events.log(lastWord(kind, verdict))
}

/**
 * Everything that belongs to a stack goes before the stack itself, so that a crash in between leaves nothing unowned. What
 * the time of this delivery is too short for is left to the next one.
 */
async function erase(deps: ConcludeDependencies, log: Log, stack: WorkingStack, stopAt: Date): Promise<void> {
  const isTimeUp = () => deps.clock.now() >= stopAt
  if (!(await deps.events.eraseStack(stack.id, isTimeUp))) {
    const after = await commitClaimed(deps.stacks, stack, (current) => released(current, deps.clock.now()))
    log.info('the deletion goes on in another delivery')
    return handOver(deps.queue, after)
  }
  // After the records of plans, which point to some of them.
  await deps.blobs.delete(await deps.blobs.list(blobPrefix(stack)))
  const mark = await deps.quota.mark(stack.project)
  // Another attempt that removed it has given its place back, too.
  if (await removeClaimed(deps.stacks, stack)) await deps.quota.release(stack.project, deps.clock.now(), mark)
  log.info('stack deleted')
}

/** The record after a run, and before it what must not be missing once that is committed. */
async function prepare(
  deps: ConcludeDependencies,
  current: WorkingStack,
  run: Run,
  events: EventWriter,
): Promise<StackRecord> {
  const now = deps.clock.now()
  const verdict = verdictOn(run.ending, current.job)
  tell(events, current.job, run, verdict)
  await flushPatiently(events)
  if (typeof verdict === 'string') {
    const record = withTrace(current, run.trace)
    if (verdict === 'busy') return putOff(record, now)
    const idle = events.course.finished() === 0
    return released(record, now, { died: verdict === 'died', idle })
  }
  const after = ended(current, verdict, now, run.trace)
  if (!after) return erasing(current)
  await markApplied(deps.plans, current.id, current.job.plan)
  await deps.deployments.end(current.id, current.job, endingWord(verdict), now)
  return after
}

/** @throws ClaimLost when somebody else owns the job, or it is over. */
export async function conclude(
  deps: ConcludeDependencies,
  log: Log,
  claimed: WorkingStack,
  run: Run,
  { events, stopAt }: { events: EventWriter; stopAt: Date },
): Promise<void> {
  const { stacks, queue } = deps
  const before = stillMine(claimed, await stacks.find(claimed.project, claimed.name))
  const after = await commitClaimed(stacks, before, (current) => prepare(deps, current, run, events))
  if (isWorking(after) && after.job.erasing) return erase(deps, log, after, stopAt)
  log.info('run ended', { status: after.status, goesOn: after.job !== undefined })
  // What was put off is sent by the sweeper when it is due.
  const isPutOff = run.ending === 'busy' && after.job?.id === before.job.id
  if (after.job && !isPutOff) await handOver(queue, after)
  const sign = before.job.cancellation ? [stopSignKey(before)] : []
  await dropBlobs(deps.blobs, log, [...sign, ...unreferencedBlobs(before, after)])
}

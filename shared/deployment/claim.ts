/**
 * Who may work on a job. A claim raises the attempt and takes a lease for as long as the worker can live; every later write
 * goes through `commitClaimed`, which gives up as soon as the claim is not ours any more, so a stale worker changes nothing.
 */
import { v4 as uuid } from 'uuid'
import type { StackRecord } from '../stack/record.ts'
import type { StackStore } from '../stack/store.ts'
import { claimed, isLeased, isWorking, type RunTrace, type Working } from './outcome.ts'
import type { JobMessage } from './queue.ts'

/** Thrown when somebody else owns the job, or it is over: the worker stops and its message is acknowledged. */
export class ClaimLost extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ClaimLost'
  }
}

/** The stack whose job a message points at; undefined when that job is over. */
export async function findJob(stacks: StackStore, message: JobMessage): Promise<Working | undefined> {
  const stack = await stacks.find(message.project, message.stackName)
  return isWorking(stack) && stack.id === message.stackId && stack.job.id === message.jobId ? stack : undefined
}

const mostRaces = 5

/**
 * Claims the job of a stack.
 * @param recover what an earlier attempt saved and could not report, looked up before each try
 * @throws ClaimLost when another worker holds it, or the job is over.
 */
export async function claimJob(
  stacks: StackStore,
  seen: Working,
  options: {
    now: Date
    leaseUntil: Date
    hostId?: string | undefined
    recover: (stack: Working) => Promise<RunTrace>
  },
): Promise<Working> {
  const { now, leaseUntil, hostId, recover } = options
  const token = uuid()
  let stack = seen
  for (let race = 0; race < mostRaces; race += 1) {
    if (isLeased(stack.job, now, hostId)) throw new ClaimLost('another worker holds the job')
    const next = claimed(stack, { token, leaseUntil, hostId }, now, await recover(stack))
    const commit = await stacks.commit(stack, next)
    if (commit.outcome === 'committed' && isWorking(commit.stack)) return commit.stack
    const current = commit.outcome === 'conflict' ? commit.current : undefined
    if (!isWorking(current) || current.job.id !== seen.job.id) throw new ClaimLost('the job is over')
    stack = current
  }
  throw new Error('the stack kept changing while its job was being claimed')
}

function sameClaim(mine: Working, current: StackRecord): current is Working {
  const { job } = current
  return job?.id === mine.job.id && job.attempt === mine.job.attempt && job.claim?.token === mine.job.claim?.token
}

/**
 * Writes under the claim. Other writers may have changed other parts of the record meanwhile: the change is applied to what
 * is there now, for as long as the claim is ours.
 * @throws ClaimLost when it is not.
 */
export async function commitClaimed(
  stacks: StackStore,
  mine: Working,
  change: (current: Working) => StackRecord,
): Promise<StackRecord> {
  let current = mine
  for (let race = 0; race < mostRaces; race += 1) {
    const commit = await stacks.commit(current, change(current))
    if (commit.outcome === 'committed') return commit.stack
    if (commit.outcome === 'missing' || !sameClaim(mine, commit.current))
      throw new ClaimLost('the claim is not ours any more')
    current = commit.current
  }
  throw new Error('the stack kept changing while its job was being committed')
}

/**
 * Removes the stack under the claim.
 * @throws ClaimLost when the claim is not ours any more.
 */
export async function removeClaimed(stacks: StackStore, mine: Working): Promise<void> {
  let current: Working = mine
  for (let race = 0; race < mostRaces; race += 1) {
    if ((await stacks.remove(current)) === 'removed') return
    const found = await stacks.find(mine.project, mine.name)
    if (found === undefined || found.id !== mine.id) return
    if (!sameClaim(mine, found)) throw new ClaimLost('the claim is not ours any more')
    current = found
  }
  throw new Error('the stack kept changing while it was being removed')
}

/**
 * Who may work on a job. A claim raises the attempt and takes a lease for as long as the worker can live; every later write
 * goes through `commitClaimed`, which gives up as soon as the claim is not ours any more, so a stale worker changes nothing.
 */
import { v4 as uuid } from 'uuid'
import type { Commit, Versioned } from '../aws/versioned-items.ts'
import { claimed, isLeased, isWorking, type Job, type Working } from './record.ts'

/** Thrown when somebody else owns the job, or it is over: the worker stops and its message is acknowledged. */
export class ClaimLost extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ClaimLost'
  }
}

export interface Workable extends Versioned {
  readonly job?: Job
}

/** The part of a store that claiming needs. */
export interface JobStore<Entry extends Workable> {
  commit(seen: Entry, next: Entry): Promise<Commit<Entry>>
  remove(seen: Entry): Promise<Commit<Entry>>
}

export interface ClaimOptions<Entry extends Workable> {
  readonly now: Date
  readonly leaseUntil: Date
  readonly hostId?: string | undefined
  /** Adds what an earlier attempt saved and could not report; looked up before each try. */
  readonly recover?: (record: Working<Entry>) => Promise<Working<Entry>>
}

const mostRaces = 5

/**
 * Claims the job of a record as it was seen; `conflict` and `missing` say that it is not as it was.
 * @throws ClaimLost when another worker holds it.
 */
export async function claimOnce<Entry extends Workable>(
  store: JobStore<Entry>,
  seen: Working<Entry>,
  { now, leaseUntil, hostId, recover = async (record) => record }: ClaimOptions<Entry>,
  token = uuid(),
): Promise<Exclude<Commit<Entry>, { outcome: 'committed' }> | { outcome: 'committed'; record: Working<Entry> }> {
  if (isLeased(seen.job, now, hostId)) throw new ClaimLost('another worker holds the job')
  const next = claimed<Entry>(await recover(seen), { token, leaseUntil, hostId }, now)
  const commit = await store.commit(seen, next)
  if (commit.outcome !== 'committed') return commit
  return isWorking(commit.record) ? { outcome: 'committed', record: commit.record } : { outcome: 'missing' }
}

/**
 * Claims the job of a record, whatever else of the record changes meanwhile.
 * @throws ClaimLost when another worker holds it, or the job is over.
 */
export async function claimJob<Entry extends Workable>(
  store: JobStore<Entry>,
  seen: Working<Entry>,
  options: ClaimOptions<Entry>,
): Promise<Working<Entry>> {
  const token = uuid()
  let record = seen
  for (let race = 0; race < mostRaces; race += 1) {
    const claim = await claimOnce(store, record, options, token)
    if (claim.outcome === 'committed') return claim.record
    const current = claim.outcome === 'conflict' ? claim.current : undefined
    if (!isWorking(current) || current.job.id !== seen.job.id) throw new ClaimLost('the job is over')
    record = current
  }
  throw new Error('the record kept changing while its job was being claimed')
}

function sameClaim<Entry extends Workable>(mine: Working<Entry>, current: Entry): current is Working<Entry> {
  const { job } = current
  return job?.id === mine.job.id && job.attempt === mine.job.attempt && job.claim?.token === mine.job.claim?.token
}

/**
 * What was read again, as long as the claim on it is ours.
 * @throws ClaimLost when it is not.
 */
export function stillMine<Entry extends Workable>(mine: Working<Entry>, current: Entry | undefined): Working<Entry> {
  if (!current || !sameClaim(mine, current)) throw new ClaimLost('the claim is not ours any more')
  return current
}

async function underClaim<Entry extends Workable>(
  mine: Working<Entry>,
  write: (current: Working<Entry>) => Promise<Commit<Entry>>,
): Promise<Commit<Entry>> {
  let current = mine
  for (let race = 0; race < mostRaces; race += 1) {
    const commit = await write(current)
    if (commit.outcome !== 'conflict') return commit
    current = stillMine(mine, commit.current)
  }
  throw new Error('the record kept changing while its job was being committed')
}

/**
 * Writes under the claim. Other writers may have changed other parts of the record meanwhile: the change is applied to what
 * is there now, for as long as the claim is ours.
 * @throws ClaimLost when it is not.
 */
export async function commitClaimed<Entry extends Workable>(
  store: JobStore<Entry>,
  mine: Working<Entry>,
  change: (current: Working<Entry>) => Entry | Promise<Entry>,
): Promise<Entry> {
  const commit = await underClaim(mine, async (current) => store.commit(current, await change(current)))
  if (commit.outcome !== 'committed') throw new ClaimLost('the record is gone')
  return commit.record
}

/**
 * Removes the record under the claim; one that is gone already is fine.
 * @returns whether it went by this call, as far as one can tell: only then may what counts records be lowered
 * @throws ClaimLost when the claim is not ours any more.
 */
export async function removeClaimed<Entry extends Workable>(
  store: JobStore<Entry>,
  mine: Working<Entry>,
): Promise<boolean> {
  return (await underClaim(mine, (current) => store.remove(current))).outcome === 'committed'
}

/**
 * A pending or running job, as it lies in the item that it is about (an outbox): the message on the queue only points at it.
 * Pure functions of the record: claims, interruptions and deadlines. All times are RFC 3339 UTC with milliseconds.
 */

export interface Claim {
  readonly token: string
  /** Nobody else may take the job before. */
  readonly leaseUntil: string
  /** The start of the machine that the claimer lived on, where all live on one. */
  readonly hostId?: string
}

export interface Job {
  readonly id: string
  /** How often the job was claimed; counts on through a job that follows it in the same deployment. */
  readonly attempt: number
  /** When a message for it was last sent. */
  readonly queuedAt: string
  /** How often in a row it was put off, or the sweeper sent its message again. */
  readonly resends: number
  /** How often the engine's host died under it; a job that keeps killing it is given up. */
  readonly deaths?: number
  /** How many of its last runs were interrupted without having finished anything. */
  readonly idleRuns?: number
  /** A job that nobody picked up until then fails. */
  readonly startBefore: string
  /** Set by the first claim: a job that still runs then is ended. */
  readonly finishBefore?: string
  /** The present claim. Absent while the job waits. */
  readonly claim?: Claim
}

/** A record whose job is pending or running. */
export type Working<Entry extends { readonly job?: Job }> = Entry & { readonly job: NonNullable<Entry['job']> }

const finishWithinHours = 6
/** How long after a message was sent, or a lease ended, the sweeper looks; it looks ever later at a job that keeps waiting. */
const firstLookSeconds = 20
const lastLookSeconds = 1800

const plusSeconds = (from: number, seconds: number) => new Date(from + seconds * 1000).toISOString()

export function isWorking<Entry extends { readonly job?: Job }>(record: Entry | undefined): record is Working<Entry> {
  return record?.job !== undefined
}

/** What every job has when it is put: it is on its way to the queue. */
export function waitingJob(id: string, now: Date, startWithinSeconds: number, attempt = 0): Job {
  const startBefore = plusSeconds(now.getTime(), startWithinSeconds)
  return { id, attempt, queuedAt: now.toISOString(), resends: 0, startBefore }
}

/**
 * True while somebody else may be at work on the job.
 * @param hostId this start of the machine, where all workers live on one: a claim of an earlier start is dead
 */
export function isLeased({ claim }: Job, now: Date, hostId?: string): boolean {
  return claim !== undefined && claim.hostId === hostId && Date.parse(claim.leaseUntil) > now.getTime()
}

/** Why a job must not be started or continued any more; undefined while it may. */
export function overdue({ startBefore, finishBefore }: Job, now: Date): string | undefined {
  const time = now.toISOString()
  if (finishBefore !== undefined) {
    return time > finishBefore ? `The request did not finish within ${finishWithinHours} hours.` : undefined
  }
  return time > startBefore ? 'The request waited in the queue for too long.' : undefined
}

/** The record under a new claim: the attempt is counted, and whoever held an older claim is fenced off by it. */
export function claimed<Entry extends { readonly job?: Job }>(
  record: Working<Entry>,
  claim: { token: string; leaseUntil: Date; hostId?: string | undefined },
  now: Date,
): Working<Entry> {
  const { job } = record
  return {
    ...record,
    job: {
      ...job,
      attempt: job.attempt + 1,
      finishBefore: job.finishBefore ?? plusSeconds(now.getTime(), finishWithinHours * 3600),
      claim: {
        token: claim.token,
        leaseUntil: claim.leaseUntil.toISOString(),
        ...(claim.hostId ? { hostId: claim.hostId } : {}),
      },
    },
  }
}

/**
 * The record of a job that goes on in another delivery: nobody holds it, and it is due again.
 * @param how the run ended: its host `died`; it finished nothing (`idle`)
 */
export function released<Entry extends { readonly job?: Job }>(
  record: Working<Entry>,
  now: Date,
  { died = false, idle = false } = {},
): Working<Entry> {
  const { claim: _claim, idleRuns: before = 0, ...job } = record.job
  const deaths = (job.deaths ?? 0) + (died ? 1 : 0)
  return {
    ...record,
    job: {
      ...job,
      queuedAt: now.toISOString(),
      resends: 0,
      ...(deaths > 0 ? { deaths } : {}),
      ...(idle ? { idleRuns: before + 1 } : {}),
    },
  }
}

/** The record of a job that is due later, and the later the more often this happens; the sweeper sends its message then. */
export function putOff<Entry extends { readonly job?: Job }>(record: Working<Entry>, now: Date): Working<Entry> {
  const { claim: _claim, ...job } = record.job
  return { ...record, job: { ...job, queuedAt: now.toISOString(), resends: job.resends + 1 } }
}

/** The moment at which the sweeper should look at a job. */
export function jobDueAt(job: Job): string {
  if (job.claim) return plusSeconds(Date.parse(job.claim.leaseUntil), firstLookSeconds)
  return plusSeconds(Date.parse(job.queuedAt), Math.min(firstLookSeconds * 2 ** job.resends, lastLookSeconds))
}

/**
 * One writer: between two claims, the record of a job is written by the worker that made the first, and by nobody else,
 * until its lease is over. A claim raises the attempt by one. Commands may change a record that has no job, or leave the job
 * as it is.
 */
import type { Job } from '../../../shared/job/record.ts'
import type { Actor } from '../simulation/actor.ts'
import type { Services } from '../simulation/services.ts'
import type { Ledger, RecordWrite } from './ledger.ts'

interface WithJob {
  readonly id: string
  readonly job?: Job
  readonly lastCancellation?: { readonly jobId: string }
}

const isPlan = (record: WithJob | undefined) => record !== undefined && 'stackId' in record
/** A cancellation is a wish that a command may mark on a job of others. */
const marked = (job: Job | undefined) => job && JSON.stringify({ ...job, cancellation: undefined })
const sameJob = (a: Job, b: Job | undefined) => marked(a) === marked(b)
/** A command that cancels ends a job at once that nobody is at work on. */
const cancels = (record: WithJob | undefined, job: Job) => record?.lastCancellation?.jobId === job.id

export function watchOwnership({ world, table, acknowledgementListeners }: Services, ledger: Ledger): void {
  const owners = new Map<string, Actor | undefined>()
  const attemptKey = ({ id, attempt }: Job) => `${id} ${attempt}`
  /** By how much the clocks of two actors differ at most. */
  const tolerance = 2 * world.profile.skewMs
  const leased = ({ claim }: Job) => claim !== undefined && Date.parse(claim.leaseUntil) - tolerance > world.nowMs()

  /** What is wrong with a write; undefined for one that is allowed. */
  const problemOf = ({ by, before, after }: RecordWrite<WithJob>): string | undefined => {
    const [old, job] = [before?.job, after?.job]
    if (!old || (sameJob(old, job) && by?.kind !== 'worker')) return undefined
    // A plan goes with its stack, whoever is at work on it.
    if (!after && isPlan(before) && by?.kind === 'worker') return undefined
    const isClaim = job?.id === old.id && job.attempt !== old.attempt
    const owner = old.claim ? owners.get(attemptKey(old)) : undefined
    if (isClaim && job.attempt !== old.attempt + 1) return `a claim went from attempt ${old.attempt} to ${job.attempt}`
    if (owner && owner === by) return undefined
    if (leased(old)) return `it belongs to ${owner?.name} for ${old.claim?.leaseUntil}`
    if (isClaim) return undefined
    if (by?.kind === 'worker') return `attempt ${old.attempt} is ${owner ? `${owner.name}'s` : "nobody's"}`
    return by?.kind === 'api' && !cancels(after, old) ? 'a command wrote over a job' : undefined
  }
  const watch = (write: RecordWrite<WithJob>) => {
    const { by, before, after } = write
    const problem = problemOf(write)
    if (problem) world.violate('oneWriter', `${by?.name} wrote the job of ${(after ?? before)?.id}: ${problem}`)
    if (after?.job?.claim && after.job.attempt !== before?.job?.attempt) owners.set(attemptKey(after.job), by)
  }
  ledger.onStack(watch)
  ledger.onPlan(watch)

  acknowledgementListeners.push((by) => {
    const held = table.items().find((item) => {
      const { job } = item as { job?: Job }
      return job && leased(job) && owners.get(attemptKey(job)) === by
    })
    if (held) world.violate('acknowledged', `${by.name} acknowledged its message and still holds the job of ${held.sk}`)
  })
}

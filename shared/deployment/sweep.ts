/** Looks after jobs whose messages were lost or whose workers died. */
import type { Clock } from '../aws/clock.ts'
import type { JobPointer, StackStore } from '../stack/store.ts'
import { jobDueAt } from '../stack/store.ts'
import { ended, isLeased, isWorking, overdue, resent } from './outcome.ts'
import type { JobQueue } from './queue.ts'

export interface SweepDependencies {
  readonly stacks: StackStore
  readonly queue: JobQueue
  readonly clock: Clock
  /** See `singleHostId`. */
  readonly hostId?: string | undefined
}

export interface SweepReport {
  /** Jobs that were sent again. */
  sent: number
  /** Jobs that waited or ran too long and were ended. */
  ended: number
  /** Jobs that somebody else took care of meanwhile. */
  left: number
  failures: unknown[]
}

/** What one sweep looks at; the rest is due again in the next. */
const mostJobs = 200

type Swept = 'sent' | 'ended' | 'left'

async function sweepOne(
  { stacks, queue, clock, hostId }: SweepDependencies,
  { project, name }: JobPointer,
): Promise<Swept> {
  const stack = await stacks.find(project, name)
  const now = clock.now()
  if (!isWorking(stack) || isLeased(stack.job, now, hostId) || jobDueAt(stack.job) > now.toISOString()) return 'left'
  const late = overdue(stack.job, now)
  if (late) {
    const after = ended(stack, { succeeded: false, message: late }, now, {}, false)
    if (!after) throw new Error('a failure cannot remove a stack')
    return (await stacks.commit(stack, after)).outcome === 'committed' ? 'ended' : 'left'
  }
  const commit = await stacks.commit(stack, resent(stack, now))
  if (commit.outcome !== 'committed') return 'left'
  await queue.send(commit.stack)
  return 'sent'
}

/** One sweep. A job that cannot be swept does not keep the others waiting. */
export async function sweep(dependencies: SweepDependencies): Promise<SweepReport> {
  const report: SweepReport = { sent: 0, ended: 0, left: 0, failures: [] }
  const due = await dependencies.stacks.dueJobs(dependencies.clock.now().toISOString(), mostJobs)
  for (const pointer of due) {
    try {
      report[await sweepOne(dependencies, pointer)] += 1
    } catch (error) {
      report.failures.push(error)
    }
  }
  return report
}

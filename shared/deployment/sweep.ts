/** Looks after jobs whose messages were lost or whose workers died, and after changes that their functions did not finish. */
import type { Clock } from '../aws/clock.ts'
import type { Key } from '../aws/table.ts'
import type { DueJobs } from '../job/due-jobs.ts'
import type { JobQueue } from '../job/queue.ts'
import { isLeased, isWorking, jobDueAt, overdue, putOff } from '../job/record.ts'
import { planAtKey } from '../plan/store.ts'
import { sendPlanJob } from '../plan/submit.ts'
import { configAtKey, isObjectNote } from '../software/keys.ts'
import type { LargeValues } from '../software/large-values.ts'
import type { ConfigSweep } from '../software/sweep-config.ts'
import { stackAtKey } from '../stack/store.ts'
import type { VersionSweep } from '../template-library/sweep-version.ts'
import { versionAtKey } from '../template-library/version-store.ts'
import { type GiveUpDependencies, giveUpPlan, giveUpStack } from './give-up.ts'
import { sendStackJob } from './submit.ts'

export interface SweepDependencies extends GiveUpDependencies {
  readonly dueJobs: DueJobs
  readonly configs: ConfigSweep
  readonly templateVersions: VersionSweep
  readonly largeValues: Pick<LargeValues, 'settle'>
  readonly queue: JobQueue
  readonly clock: Clock
}

export interface SweepReport {
  /** Jobs that were sent again. */
  sent: number
  /** Jobs that waited or ran too long and were ended. */
  ended: number
  /** Configs and versions of templates that somebody left unsettled, and notes about objects that may be nobody's. */
  settled: number
  /** Jobs that somebody else took care of meanwhile. */
  left: number
  failures: unknown[]
}

/** What one sweep looks at; the rest is due again in the next. */
const mostJobs = 200

type Swept = 'sent' | 'ended' | 'settled' | 'left'

async function sweepStack(
  dependencies: SweepDependencies,
  { project, name }: { project: string; name: string },
): Promise<Swept> {
  const { stacks, queue, clock, hostId } = dependencies
  const stack = await stacks.find(project, name)
  const now = clock.now()
  if (!isWorking(stack) || isLeased(stack.job, now, hostId) || jobDueAt(stack.job) > now.toISOString()) return 'left'
  const late = overdue(stack.job, now)
  if (late) return (await giveUpStack(dependencies, stack, late, now)) ? 'ended' : 'left'
  const commit = await stacks.commit(stack, putOff(stack, now))
  if (commit.outcome !== 'committed') return 'left'
  await sendStackJob(queue, commit.record)
  return 'sent'
}

async function sweepPlan(
  { plans, queue, clock, hostId }: SweepDependencies,
  { stackId, name }: { stackId: string; name: string },
): Promise<Swept> {
  const plan = await plans.find(stackId, name)
  const now = clock.now()
  if (!isWorking(plan) || isLeased(plan.job, now, hostId) || jobDueAt(plan.job) > now.toISOString()) return 'left'
  const late = overdue(plan.job, now)
  if (late) return (await giveUpPlan({ plans }, plan, late)) ? 'ended' : 'left'
  const commit = await plans.commit(plan, putOff(plan, now))
  if (commit.outcome !== 'committed') return 'left'
  await sendPlanJob(queue, commit.record)
  return 'sent'
}

async function sweepOne(dependencies: SweepDependencies, key: Key): Promise<Swept> {
  const stack = stackAtKey(key)
  if (stack) return sweepStack(dependencies, stack)
  const plan = planAtKey(key)
  if (plan) return sweepPlan(dependencies, plan)
  const config = configAtKey(key)
  if (config) return (await dependencies.configs.sweep(config)) ? 'settled' : 'left'
  const version = versionAtKey(key)
  if (version) return (await dependencies.templateVersions.sweep(version)) ? 'settled' : 'left'
  if (isObjectNote(key)) return (await dependencies.largeValues.settle(key)) ? 'settled' : 'left'
  throw new Error(`an item of no known kind is in the index of jobs: ${key.sk.split('#')[0]}`)
}

/** One sweep. A job that cannot be swept does not keep the others waiting. */
export async function sweep(dependencies: SweepDependencies): Promise<SweepReport> {
  const report: SweepReport = { sent: 0, ended: 0, settled: 0, left: 0, failures: [] }
  for (const key of await dependencies.dueJobs.list(dependencies.clock.now(), mostJobs)) {
    try {
      report[await sweepOne(dependencies, key)] += 1
    } catch (error) {
      report.failures.push(error)
    }
  }
  return report
}

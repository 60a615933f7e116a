/**
 * Once a minute: jobs that should have been picked up, or whose worker must be dead, are sent again. Those that waited or ran
 * too long are ended. References to configs, and versions of templates, that a crashed function left unsettled are settled, and
 * objects in the bucket that are nobody's are deleted. It goes through the same commit as everybody else, so it cannot disturb a
 * worker that is alive.
 */
import type { Context } from 'aws-lambda'
import { systemClock } from '../../shared/aws/clock.ts'
import { singleHostId } from '../../shared/aws/environment.ts'
import { createLog, errorFields } from '../../shared/aws/log.ts'
import { openTable } from '../../shared/aws/table.ts'
import { openEventStore } from '../../shared/deployment/events.ts'
import { openDeploymentStore } from '../../shared/deployment/record.ts'
import { type SweepDependencies, sweep } from '../../shared/deployment/sweep.ts'
import { openDueJobs } from '../../shared/job/due-jobs.ts'
import { openJobQueue } from '../../shared/job/queue.ts'
import { openPlanStore } from '../../shared/plan/store.ts'
import { openLargeValues } from '../../shared/software/large-values.ts'
import { openConfigSweep } from '../../shared/software/sweep-config.ts'
import { openStackStore } from '../../shared/stack/store.ts'
import { openVersionSweep } from '../../shared/template-library/sweep-version.ts'

function openDependencies(): SweepDependencies {
  const table = openTable()
  return {
    dueJobs: openDueJobs(table),
    stacks: openStackStore(table),
    plans: openPlanStore(table),
    events: openEventStore(table),
    deployments: openDeploymentStore(table),
    configs: openConfigSweep(systemClock(), table),
    templateVersions: openVersionSweep(systemClock(), table),
    largeValues: openLargeValues(table),
    queue: openJobQueue(),
    clock: systemClock(),
    hostId: singleHostId(),
  }
}

let opened: SweepDependencies | undefined

export async function handler(_event: unknown, context: Context): Promise<void> {
  const log = createLog({ requestId: context.awsRequestId })
  opened ??= openDependencies()
  const { failures, ...counts } = await sweep(opened)
  for (const failure of failures) log.error('a job could not be swept', errorFields(failure))
  log.info('swept', counts)
  if (failures.length > 0) throw new Error(`${failures.length} jobs could not be swept; see the log`)
}

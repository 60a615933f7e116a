/**
 * Once a minute: jobs that should have been picked up, or whose worker must be dead, are sent again. Those that waited or ran
 * too long are ended. It goes through the same commit as everybody else, so it cannot disturb a worker that is alive.
 */
import type { Context } from 'aws-lambda'
import { systemClock } from '../../shared/aws/clock.ts'
import { singleHostId } from '../../shared/aws/environment.ts'
import { createLog, errorFields } from '../../shared/aws/log.ts'
import { openTable } from '../../shared/aws/table.ts'
import { openJobQueue } from '../../shared/deployment/queue.ts'
import { type SweepDependencies, sweep } from '../../shared/deployment/sweep.ts'
import { openStackStore } from '../../shared/stack/store.ts'

let opened: SweepDependencies | undefined

export async function handler(_event: unknown, context: Context): Promise<void> {
  const log = createLog({ requestId: context.awsRequestId })
  opened ??= {
    stacks: openStackStore(openTable()),
    queue: openJobQueue(),
    clock: systemClock(),
    hostId: singleHostId(),
  }
  const { failures, ...counts } = await sweep(opened)
  for (const failure of failures) log.error('a job could not be swept', errorFields(failure))
  log.info('swept', counts)
  if (failures.length > 0) throw new Error(`${failures.length} jobs could not be swept; see the log`)
}

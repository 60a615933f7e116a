/** How many configs, and how many deployments, a project may have: what Heat's newer releases allow `[SEMANTICS 3]`. */
import { openQuota, type Quota } from '../aws/quota.ts'
import { openTable, type Table } from '../aws/table.ts'
import { HeatError } from '../contract/heat-errors.ts'
import { configPrefix, deploymentPrefix, projectPk } from './keys.ts'

export const mostPerProject = 4096

export function openConfigQuota(table: Table = openTable()): Quota {
  return openQuota(table, { pkOf: projectPk, prefix: configPrefix, counter: 'COUNT#CONFIGS' })
}

/** A recount also counts those of other projects that this one may use: they are in its lists as well. */
export function openDeploymentQuota(table: Table = openTable()): Quota {
  return openQuota(table, { pkOf: projectPk, prefix: deploymentPrefix, counter: 'COUNT#SWDEPLOYS' })
}

/** @throws HeatError `LimitExceeded`, in Heat's words */
export async function reserveOne(
  quota: Quota,
  project: string,
  what: 'software configs' | 'software deployments',
  now: Date,
): Promise<void> {
  if (await quota.reserve(project, mostPerProject, now)) return
  const advice = `Delete some ${what} in order to proceed.`
  throw new HeatError(
    'LimitExceeded',
    `Request limit exceeded: You have reached the maximum ${what} per project, ${mostPerProject}. ${advice}`,
  )
}

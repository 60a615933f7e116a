/** How many execution plans a stack has. */
import { openQuota, type Quota } from '../aws/quota.ts'
import { openTable, type Table } from '../aws/table.ts'

/** Counted by stack id. */
export type PlanQuota = Quota

export function openPlanQuota(table: Table = openTable()): PlanQuota {
  return openQuota(table, { pkOf: (stackId) => `STACK#${stackId}`, prefix: 'PLAN#', counter: 'COUNT#PLANS' })
}

/** How many stacks a project has. */
import { openQuota, type Quota } from '../aws/quota.ts'
import { openTable, type Table } from '../aws/table.ts'

/** Counted by project. */
export type StackQuota = Quota

export function openStackQuota(table: Table = openTable()): StackQuota {
  return openQuota(table, { pkOf: (project) => `PROJECT#${project}`, prefix: 'STACK#', counter: 'COUNT#STACKS' })
}

/** How many templates a project has. Versions need no count: their template knows them. */
import { openQuota, type Quota } from '../aws/quota.ts'
import { openTable, type Table } from '../aws/table.ts'

/** Counted by project. */
export type TemplateQuota = Quota

export function openTemplateQuota(table: Table = openTable()): TemplateQuota {
  return openQuota(table, { pkOf: (project) => `PROJECT#${project}`, prefix: 'TEMPLATE#', counter: 'COUNT#TEMPLATES' })
}

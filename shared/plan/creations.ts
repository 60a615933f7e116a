/** The execution plans of a project, in any of its stacks, that are being made. */
import { openSlots, type Slots } from '../aws/slots.ts'
import { openTable, type Table } from '../aws/table.ts'
import { openPlanStore } from './store.ts'

/** Counted by project; a place is the plan's `stackId`, `name` and `id`. */
export type PlanCreations = Slots

export function openPlanCreations(table: Table = openTable()): PlanCreations {
  const plans = openPlanStore(table)
  return openSlots(table, {
    pkOf: (project) => `PROJECT#${project}`,
    sk: 'CREATING#PLANS',
    stateOf: async (_project, { stackId = '', name = '', id }) => {
      const plan = await plans.find(stackId, name)
      if (plan?.id !== id) return 'absent'
      return plan?.status === 'CREATION_IN_PROGRESS' ? 'underway' : 'ended'
    },
  })
}

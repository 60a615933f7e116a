/** The stacks of a project that are being created: accepted with a template, and not yet deployed for the first time. */
import { openSlots, type Slots } from '../aws/slots.ts'
import { openTable, type Table } from '../aws/table.ts'
import { openStackStore } from './store.ts'

/** Counted by project; a place is the stack's `name` and `id`. */
export type StackCreations = Slots

export function openStackCreations(table: Table = openTable()): StackCreations {
  const stacks = openStackStore(table)
  return openSlots(table, {
    pkOf: (project) => `PROJECT#${project}`,
    sk: 'CREATING#STACKS',
    stateOf: async (project, { name = '', id }) => {
      const stack = await stacks.find(project, name)
      if (stack?.id !== id) return 'absent'
      // Every later deployment has a higher generation.
      return stack?.job && stack.generation <= 1 ? 'underway' : 'ended'
    },
  })
}

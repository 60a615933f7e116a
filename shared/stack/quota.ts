/**
 * How many stacks a project has, counted in one item so that a creation costs one conditional write however many there are.
 *
 * A slot is reserved before the stack is written and released after it is removed, so a crash in between can only count too
 * many, never too few. The count is set right when it is next in somebody's way: a refused reservation recounts, but only
 * when nobody has touched the count for longer than a function can run, so that no reservation is still on its way.
 */
import { openTable, type Table } from '../aws/table.ts'

export interface StackQuota {
  /** False when the project has as many stacks as it may have. */
  reserve(project: string, limit: number, now: Date): Promise<boolean>
  release(project: string, now: Date): Promise<void>
}

/** Longer than any API function may run. */
const settledAfterSeconds = 60

const keyOf = (project: string) => ({ pk: `PROJECT#${project}`, sk: 'COUNT#STACKS' })

function add(amount: 1 | -1, now: Date) {
  return {
    text: 'ADD stacks :amount, revision :one SET touchedAt = :now',
    values: { ':amount': amount, ':one': 1, ':now': now.toISOString() },
  }
}

async function countStacks(table: Table, project: string): Promise<number> {
  let count = 0
  let after: Parameters<Table['query']>[0]['after']
  do {
    const page = await table.query({
      index: 'listing',
      condition: {
        text: 'pk = :pk AND begins_with(listingKey, :prefix)',
        values: { ':pk': keyOf(project).pk, ':prefix': 'STACK#' },
      },
      countOnly: true,
      ...(after ? { after } : {}),
    })
    count += page.count
    after = page.next
  } while (after)
  return count
}

/** Sets the count to what is there, unless it moved meanwhile or moved too recently to be sure. */
async function recount(table: Table, project: string, now: Date): Promise<boolean> {
  const item = await table.get(keyOf(project))
  if (!item || now.getTime() - Date.parse(String(item.touchedAt)) < settledAfterSeconds * 1000) return false
  const stacks = await countStacks(table, project)
  if (stacks === item.stacks) return false
  return table.update(
    keyOf(project),
    { text: 'SET stacks = :stacks ADD revision :one', values: { ':stacks': stacks, ':one': 1 } },
    { text: 'revision = :seen', values: { ':seen': item.revision } },
  )
}

export function openStackQuota(table: Table = openTable()): StackQuota {
  const take = (project: string, limit: number, now: Date) =>
    table.update(keyOf(project), add(1, now), {
      text: 'attribute_not_exists(stacks) OR stacks < :limit',
      values: { ':limit': limit },
    })
  return {
    reserve: async (project, limit, now) => {
      if (await take(project, limit, now)) return true
      return (await recount(table, project, now)) && take(project, limit, now)
    },
    release: async (project, now) => {
      await table.update(keyOf(project), add(-1, now), { text: 'stacks > :none', values: { ':none': 0 } })
    },
  }
}

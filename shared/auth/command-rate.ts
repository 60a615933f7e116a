/**
 * How many commands a project may send: counted by the minute in one item, with one conditional write each. Reads are not
 * counted; the API's own throttling bounds them.
 */
import type { Table } from '../aws/table.ts'
import { RfsError } from '../contract/errors.ts'

export interface CommandRate {
  /** @throws RfsError `TooManyRequests`, saying when the next minute begins */
  count(project: string, now: Date): Promise<void>
}

const windowSeconds = 60
/** The count is of no use after its minute; the table forgets it some time later. */
const keptSeconds = 3600

/** @param perMinute commands that one project may send in a minute */
export function openCommandRate(table: Table, perMinute: number): CommandRate {
  return {
    count: async (project, now) => {
      const nowSeconds = Math.floor(now.getTime() / 1000)
      const startsAt = nowSeconds - (nowSeconds % windowSeconds)
      const counted = await table.update(
        { pk: `RATE#${project}`, sk: `MINUTE#${startsAt}` },
        {
          text: 'ADD taken :one SET expiresAt = :expiresAt',
          values: { ':one': 1, ':expiresAt': startsAt + keptSeconds },
        },
        { text: 'attribute_not_exists(taken) OR taken < :limit', values: { ':limit': perMinute } },
      )
      if (counted) return
      throw new RfsError('TooManyRequests', `A project may send ${perMinute} commands in a minute.`, {
        retryAfterSeconds: startsAt + windowSeconds - nowSeconds,
      })
    },
  }
}

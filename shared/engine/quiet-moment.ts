/**
 * Finds the moment to interrupt an engine without harm. An interruption ends the provisioners that run, and cuts short what
 * providers wait for: what was being made counts as broken then, and is made anew. When the last operation under way has
 * just ended, the engine needs some milliseconds to begin the next one, and begins none once it is interrupted.
 *
 * A template in which something is always under way has no such moment; it is interrupted when its time is up.
 */
import { parseLogLine } from './log-lines.ts'

export interface Operations {
  /** Takes a line of the log; true when it ends the last operation under way, none has failed, and there are more to come. */
  rest(text: string): boolean
  /** What the longest operation so far took: the next one may take as long. */
  longestMs(): number
}

/** What is worth reading; reading every line twice would be a waste. */
const telling = /"type":"(apply_start|apply_complete|apply_errored|change_summary)"/

export function followOperations(now: () => number): Operations {
  const begunAtMs = new Map<string, number>()
  let longestMs = 0
  let planned = Number.POSITIVE_INFINITY
  let ended = 0
  let failed = false
  return {
    rest: (text) => {
      if (!telling.test(text)) return false
      const line = parseLogLine(text)
      if (line.type === 'change_summary' && line.changes.operation === 'plan') {
        const { add = 0, change = 0, remove = 0 } = line.changes
        planned = add + change + remove
      }
      if (line.type === 'apply_start') begunAtMs.set(operationOf(line.hook), now())
      if (line.type === 'apply_errored') failed = true
      if (line.type !== 'apply_complete') return false
      longestMs = Math.max(longestMs, now() - (begunAtMs.get(operationOf(line.hook)) ?? now()))
      begunAtMs.delete(operationOf(line.hook))
      ended += 1
      return begunAtMs.size === 0 && !failed && ended < planned
    },
    longestMs: () => longestMs,
  }
}

/** One resource may be deleted and made again in one run, in either order. */
function operationOf({ resource, action }: { resource: { addr: string }; action?: string | undefined }): string {
  return `${action} ${resource.addr}`
}

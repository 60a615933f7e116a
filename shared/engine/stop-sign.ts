/** Looks out for the object that asks a run to end early. What cannot be fetched is not there: a run goes on in doubt. */
import { setTimeout as wait } from 'node:timers/promises'

export interface StopSign {
  /** Aborted when the sign was seen. */
  readonly signal: AbortSignal
  end(): Promise<void>
}

const pollMs = 2_000
const attemptMs = 5_000
const longestText = 500

/**
 * @param url where the sign would be; without one nothing is looked for
 * @param onSeen is given the sign's text, once, and waited for before the signal
 */
export function watchStopSign(url: string | undefined, onSeen: (text: string) => Promise<void>): StopSign {
  const seen = new AbortController()
  if (url === undefined) return { signal: seen.signal, end: async () => undefined }
  const ending = new AbortController()
  const watching = (async () => {
    while (!ending.signal.aborted) {
      const text = await fetchSign(url, ending.signal)
      if (text !== undefined) {
        // A caller that has gone is noticed by whoever tells it the next thing.
        await onSeen(text.slice(0, longestText)).catch(() => undefined)
        return seen.abort()
      }
      await wait(pollMs, undefined, { signal: ending.signal }).catch(() => undefined)
    }
  })()
  return {
    signal: seen.signal,
    end: () => {
      ending.abort()
      return watching
    },
  }
}

async function fetchSign(url: string, ending: AbortSignal): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([ending, AbortSignal.timeout(attemptMs)]) })
    if (response.status === 200) return await response.text()
    await response.body?.cancel()
  } catch {
    // The store may answer again by the next look.
  }
  return undefined
}

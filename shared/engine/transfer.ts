/**
 * Moves bytes through the short-lived addresses of a request, with patience for failures that may pass. No message ever
 * holds an address: they are capabilities.
 */
import { setTimeout as wait } from 'node:timers/promises'

export interface TransferLimits {
  readonly attempts: number
  /** Longest time of one attempt. */
  readonly attemptMs: number
  /** No attempt begins or goes on after this. */
  readonly endAtMs: number
  readonly now: () => number
}

export type Transfer<Result> =
  | { readonly ok: true; readonly result: Result }
  /** `reason` completes "...: " in a sentence; `status` is that of the store's last answer, if it gave one. */
  | { readonly ok: false; readonly reason: string; readonly status?: number }

const firstPauseMs = 100
const longestPauseMs = 5_000

/** What lies at `url`. */
export function download(url: string, limits: TransferLimits): Promise<Transfer<Buffer>> {
  return attempt(limits, async (signal) => {
    const response = await fetch(url, { signal })
    if (response.ok) return Buffer.from(await response.arrayBuffer())
    await response.body?.cancel()
    return response.status
  })
}

/** Puts `body` at `url`, in place of what was there. */
export function upload(url: string, body: Uint8Array<ArrayBuffer>, limits: TransferLimits): Promise<Transfer<true>> {
  return attempt(limits, async (signal) => {
    const response = await fetch(url, { method: 'PUT', body, signal })
    await response.body?.cancel()
    return response.ok ? true : response.status
  })
}

/** Repeats `send` after failures that may pass. It returns the status of an answer that was a refusal. */
async function attempt<Result>(
  limits: TransferLimits,
  send: (signal: AbortSignal) => Promise<Result | number>,
): Promise<Transfer<Exclude<Result, number>>> {
  let failure: { reason: string; status?: number } = { reason: 'there was no time left' }
  for (let count = 0; count < limits.attempts; count += 1) {
    const pauseMs = count === 0 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** (count - 1))
    const leftMs = limits.endAtMs - limits.now() - pauseMs
    if (leftMs <= 0) break
    if (pauseMs > 0) await wait(pauseMs)
    try {
      const result = await send(AbortSignal.timeout(Math.ceil(Math.min(limits.attemptMs, leftMs))))
      if (typeof result !== 'number') return { ok: true, result: result as Exclude<Result, number> }
      failure = { reason: `the store answered ${result}`, status: result }
      if (!mayPass(result)) break
    } catch (error) {
      failure = { reason: `the store did not answer (${networkReason(error)})` }
    }
  }
  return { ok: false, ...failure }
}

function mayPass(status: number): boolean {
  return status >= 500 || status === 408 || status === 409 || status === 429
}

/** The code only: messages of network errors hold host names. */
function networkReason(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string } }
  return cause?.code ?? name ?? 'unknown'
}

/**
 * Fetches and saves the state through the two addresses of the request. The body is the state file, gzip-compressed
 * (plain on reading is fine too). No message ever holds an address: they are capabilities.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { RunFailure } from './run-failure.ts'
import { isWholeState } from './state-file.ts'

export interface TransferLimits {
  readonly attempts: number
  /** Longest time of one attempt. */
  readonly attemptMs: number
  /** No attempt begins or goes on after this. */
  readonly endAtMs: number
  readonly now: () => number
}

const firstPauseMs = 100
const longestPauseMs = 5_000

/**
 * The state at `url`.
 * @throws RunFailure also when there is nothing or no state: going on without would make every resource again.
 */
export async function fetchState(url: string, limits: TransferLimits): Promise<Buffer> {
  const body = await attempt('fetched', limits, async (signal) => {
    const response = await fetch(url, { signal })
    if (response.ok) return Buffer.from(await response.arrayBuffer())
    await response.body?.cancel()
    return response.status
  })
  const state = await uncompressed(body)
  if (!isWholeState(state)) throw new RunFailure('The stored state of the stack is not a state of the engine.')
  return state
}

/** Saves a state at `url`, in place of the one before. @throws RunFailure */
export async function saveState(url: string, state: Buffer, limits: TransferLimits): Promise<void> {
  const body = new Uint8Array(await promisify(gzip)(state))
  await attempt('saved', limits, async (signal) => {
    const response = await fetch(url, { method: 'PUT', body, signal })
    await response.body?.cancel()
    return response.ok ? true : response.status
  })
}

/** Repeats `send` after failures that may pass. It returns the status of an answer that was a refusal. */
async function attempt<Result>(
  done: 'fetched' | 'saved',
  limits: TransferLimits,
  send: (signal: AbortSignal) => Promise<Result | number>,
): Promise<Exclude<Result, number>> {
  let reason = 'there was no time left'
  for (let count = 0; count < limits.attempts; count += 1) {
    const pauseMs = count === 0 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** (count - 1))
    const leftMs = limits.endAtMs - limits.now() - pauseMs
    if (leftMs <= 0) break
    if (pauseMs > 0) await wait(pauseMs)
    try {
      const result = await send(AbortSignal.timeout(Math.ceil(Math.min(limits.attemptMs, leftMs))))
      if (typeof result !== 'number') return result as Exclude<Result, number>
      reason = `the store answered ${result}`
      if (!mayPass(result)) break
    } catch (error) {
      reason = `the store did not answer (${networkReason(error)})`
    }
  }
  throw new RunFailure(`The state of the stack could not be ${done}: ${reason}.`)
}

function mayPass(status: number): boolean {
  return status >= 500 || status === 408 || status === 409 || status === 429
}

/** The code only: messages of network errors hold host names. */
function networkReason(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string } }
  return cause?.code ?? name ?? 'unknown'
}

async function uncompressed(body: Buffer): Promise<Buffer> {
  const isGzip = body[0] === 0x1f && body[1] === 0x8b
  if (!isGzip) return body
  try {
    return await promisify(gunzip)(body)
  } catch (error) {
    throw new RunFailure('The stored state of the stack is damaged.', { cause: error })
  }
}

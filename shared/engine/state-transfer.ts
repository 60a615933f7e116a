/** Fetches and saves the state. The body is the state file, gzip-compressed (plain on reading is fine too). */
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { RunFailure } from './run-failure.ts'
import { isWholeState } from './state-file.ts'
import { download, type TransferLimits, upload } from './transfer.ts'

/**
 * The state at `url`.
 * @throws RunFailure also when there is nothing or no state: going on without would make every resource again.
 */
export async function fetchState(url: string, limits: TransferLimits): Promise<Buffer> {
  const fetched = await download(url, limits)
  if (!fetched.ok) throw new RunFailure(`The state of the stack could not be fetched: ${fetched.reason}.`)
  const state = await uncompressed(fetched.result)
  if (!isWholeState(state)) throw new RunFailure('The stored state of the stack is not a state of the engine.')
  return state
}

/** Saves a state at `url`, in place of the one before. @throws RunFailure */
export async function saveState(url: string, state: Buffer, limits: TransferLimits): Promise<void> {
  const saved = await upload(url, new Uint8Array(await promisify(gzip)(state)), limits)
  if (!saved.ok) throw new RunFailure(`The state of the stack could not be saved: ${saved.reason}.`)
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

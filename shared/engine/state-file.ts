/**
 * The engine's state file as bytes. The engine writes it in place (truncate, then write), so a reader beside it sees
 * halves; nothing here ever takes a half for a state.
 */
import { open } from 'node:fs/promises'

/** Enough of the beginning to hold the serial, which every write changes. */
const headBytes = 512

/**
 * True for a complete state: JSON with lineage and serial, either plain (`version`) or encrypted by the engine
 * (`encrypted_data`).
 */
export function isWholeState(bytes: Buffer): boolean {
  // Most halves lack their end, which is far cheaper to see than to parse.
  if (!bytes.subarray(-2).includes('}')) return false
  try {
    const state: unknown = JSON.parse(bytes.toString('utf8'))
    if (typeof state !== 'object' || state === null) return false
    const { version, serial, lineage, encrypted_data: encrypted } = state as Record<string, unknown>
    return (
      typeof serial === 'number' && typeof lineage === 'string' && (Number.isInteger(version) || Boolean(encrypted))
    )
  } catch {
    return false
  }
}

/** The file's bytes when they are a complete state; undefined when there is none or the engine is just writing it. */
export async function readWholeState(path: string): Promise<Buffer | undefined> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (!handle) return undefined
  try {
    const bytes = await handle.readFile()
    // Old beginning and new end could both be well-formed: the beginning has to be the same still.
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    const unchanged = buffer.subarray(0, bytesRead).equals(bytes.subarray(0, headBytes))
    return unchanged && isWholeState(bytes) ? bytes : undefined
  } finally {
    await handle.close()
  }
}

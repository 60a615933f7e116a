/**
 * Saves the state while the engine works: the first change at once, later ones at most once a second, and the last state
 * always, also after a failure. One save is under way at a time, so an older state never overtakes a newer one.
 */
import { stat } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { readWholeState } from './state-file.ts'

export interface SnapshotOptions {
  readonly stateFile: string
  /** One attempt to save; for the last state (`final`) with all the patience there is. */
  readonly save: (state: Buffer, final: boolean) => Promise<void>
  readonly now: () => number
}

export interface Snapshots {
  /** Ends the watch and waits for a save that is under way. */
  stop(): Promise<void>
  /**
   * Saves the last state, if there is one that is not saved yet; call after `stop`.
   * @returns `damaged` when the file is not a complete state (the engine was killed while it wrote): then the last
   * complete one seen is saved instead. `none` when the engine made no state.
   * @throws whatever `save` throws.
   */
  finish(): Promise<'complete' | 'damaged' | 'none'>
  /** Whether any state was saved. */
  saved(): boolean
}

const pollMs = 50
/** A busy engine rewrites the file all the time: a complete state has to be caught between two writes. */
const tornPollMs = 10
const intervalMs = 1_000
const longestPauseMs = 10_000
/** File times are this coarse at worst: a file changed so recently may have changed again within the same instant. */
const timeGrainMs = 20

/** Starts to watch a state file that may not exist yet. The file as it is now counts as changed only once it changes. */
export async function watchSnapshots(options: SnapshotOptions): Promise<Snapshots> {
  const { stateFile, save, now } = options
  const stopping = new AbortController()
  let seen = await fileVersion(stateFile)
  let lastWhole: Buffer | undefined
  let lastSaved: Buffer | undefined
  let nextSaveAtMs = 0
  let failures = 0

  const trySave = async (state: Buffer) => {
    try {
      await save(state, false)
      lastSaved = state
      failures = 0
    } catch {
      // The next snapshot, or `finish`, tries again; only the last one decides whether the run fails.
      failures += 1
    }
    nextSaveAtMs = now() + Math.min(longestPauseMs, intervalMs * 2 ** failures)
  }
  /** One look at the file; returns how long to wait until the next one. */
  const look = async (): Promise<number> => {
    const version = await fileVersion(stateFile)
    if (version === undefined || version.key === seen?.key || now() < nextSaveAtMs) return pollMs
    const readAtMs = now()
    const state = await readWholeState(stateFile)
    if (!state) return tornPollMs
    lastWhole = state
    if (readAtMs - version.changedAtMs > timeGrainMs) seen = version
    if (!lastSaved?.equals(state)) await trySave(state)
    if (failures > 0) seen = undefined
    return pollMs
  }
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      // A file that cannot be read now may be readable later; `finish` is the look that decides.
      const pauseMs = await look().catch(() => pollMs)
      await wait(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  })()

  return {
    stop: async () => {
      stopping.abort()
      await watching
    },
    finish: async () => {
      const state = await readWholeState(stateFile)
      const last = state ?? lastWhole
      if (last && !lastSaved?.equals(last)) {
        await save(last, true)
        lastSaved = last
      }
      if (state) return 'complete'
      return last || (await fileVersion(stateFile)) ? 'damaged' : 'none'
    },
    saved: () => lastSaved !== undefined,
  }
}

interface FileVersion {
  readonly key: string
  readonly changedAtMs: number
}

async function fileVersion(path: string): Promise<FileVersion | undefined> {
  const found = await stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return found && { key: `${found.mtimeNs}:${found.size}:${found.ino}`, changedAtMs: Number(found.mtimeMs) }
}

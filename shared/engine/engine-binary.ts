/**
 * Which program is the engine: the one named by `RFS_ENGINE`, else `tofu`, else `terraform` on the search path.
 * Only looks; it never runs what it finds.
 */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join, sep } from 'node:path'
import { RunFailure } from './run-failure.ts'

export interface EngineLookup {
  /** Value of `RFS_ENGINE`: an absolute path, or a name to look up on the search path. */
  readonly chosen: string | undefined
  /** Value of `PATH`. */
  readonly searchPath: string | undefined
}

/** Where a Lambda layer puts programs. */
const layerFolder = '/opt/bin'

/**
 * Absolute path of the engine's binary. A chosen engine that is not there is an error, never a reason to take another:
 * state written by one engine is not always readable by the other.
 * @throws RunFailure
 */
export async function findEngine(lookup: EngineLookup): Promise<string> {
  const folders = [...(lookup.searchPath ?? '').split(delimiter), layerFolder].filter((folder) => isAbsolute(folder))
  const names = lookup.chosen ? [lookup.chosen] : ['tofu', 'terraform']
  for (const name of names) {
    const candidates = name.includes(sep) ? [name] : folders.map((folder) => join(folder, name))
    for (const candidate of candidates) if (isAbsolute(candidate) && (await isExecutable(candidate))) return candidate
  }
  throw new RunFailure(
    lookup.chosen
      ? 'The deployment engine chosen by RFS_ENGINE is not an executable file of the runner.'
      : 'The runner has no deployment engine: neither tofu nor terraform is on its PATH. Give it one in its engine layer, or set RFS_ENGINE.',
  )
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

/**
 * Providers kept between runs of a warm runner. The engine's plugin cache is not safe for concurrent use, so one run has
 * it at a time; another one that comes meanwhile does without instead of waiting.
 */
import { mkdir, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Longer than any run may take: a lock of this age belongs to a runner that died. */
const staleLockMs = 15 * 60_000

/** Calls `use` with the cache folder when it is free, else with undefined. */
export async function withPluginCache<Result>(
  folder: string,
  now: () => number,
  use: (cache: string | undefined) => Promise<Result>,
): Promise<Result> {
  const providers = join(folder, 'providers')
  const lock = join(folder, 'in-use')
  await mkdir(providers, { recursive: true })
  if (!(await takeLock(lock, now))) return use(undefined)
  try {
    return await use(providers)
  } finally {
    await rm(lock, { force: true })
  }
}

async function takeLock(path: string, now: () => number): Promise<boolean> {
  try {
    const handle = await open(path, 'wx')
    await handle.close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const taken = await stat(path).catch(() => undefined)
  // Only cleared, not taken: two runs that clear the same stale lock must not both believe that they have it.
  if (taken && now() - taken.mtimeMs > staleLockMs) await rm(path, { force: true })
  return false
}

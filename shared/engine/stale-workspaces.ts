/**
 * Clears up after runs whose runner was ended from outside (a time limit, a crash): their folders hold states and variables
 * of stacks, and a warm runner would keep them for whoever comes next.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { killStrayProcesses } from './stray-processes.ts'
import { removeWorkspace, workspacePrefix } from './workspace.ts'

/** No run lasts longer than its host allows (15 minutes), so a folder this old belongs to none. */
const staleMs = 20 * 60_000

/**
 * Ends the processes and removes the workspaces under `parent` that no run can own any more.
 * @param alone whether no other run can be under way: then none of them has an owner, however new it is.
 * @returns how many.
 */
export async function removeStaleWorkspaces(parent: string, now: () => number, alone = false): Promise<number> {
  const names = (await readdir(parent)).filter((name) => name.startsWith(workspacePrefix))
  let removed = 0
  for (const root of names.map((name) => join(parent, name))) {
    // Another run may have removed it since.
    const found = await stat(root).catch(() => undefined)
    if (!found?.isDirectory() || (!alone && now() - found.mtimeMs < staleMs)) continue
    await killStrayProcesses(root)
    await removeWorkspace({ root })
    removed += 1
  }
  return removed
}

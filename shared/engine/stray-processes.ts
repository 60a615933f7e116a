/**
 * Finds and ends what a template's provisioners left running. The process group catches nearly all of it; a program that
 * made a session of its own is found by the workspace in its environment or as its working folder. One that also cleared
 * both is not found: only the end of the sandbox ends it, or that of its engine where that one is confined.
 */
import { readdir, readFile, readlink } from 'node:fs/promises'

/** Rounds of looking; each one catches what the ones before forked while it was being killed. */
const rounds = 3

/** Kills (SIGKILL) every process of a group; a group without members is fine. */
export function killGroup(groupId: number): void {
  try {
    process.kill(-groupId, 'SIGKILL')
  } catch (error) {
    // EPERM: macOS answers so for a group of which only a zombie is left.
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

/** Kills every process that carries `folder` in its environment or works in it. Does nothing where there is no /proc. */
export async function killStrayProcesses(folder: string): Promise<number> {
  let killed = 0
  for (let round = 0; round < rounds; round += 1) {
    const found = await processesOf(folder)
    if (found.length === 0) return killed
    for (const id of found) {
      try {
        process.kill(id, 'SIGKILL')
        killed += 1
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    }
  }
  return killed
}

async function processesOf(folder: string): Promise<number[]> {
  const entries = await readdir('/proc').catch(() => [])
  const ids = entries.filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  const mine = await Promise.all(ids.map((id) => belongsTo(id, folder)))
  return ids.filter((_, index) => mine[index]).map(Number)
}

async function belongsTo(id: string, folder: string): Promise<boolean> {
  // A process may end while it is looked at, and those of other users may not be read: both are not ours to kill.
  const [environment, workingFolder] = await Promise.all([
    readFile(`/proc/${id}/environ`).catch(() => Buffer.alloc(0)),
    readlink(`/proc/${id}/cwd`).catch(() => ''),
  ])
  return environment.includes(folder) || workingFolder === folder || workingFolder.startsWith(`${folder}/`)
}

/** Whether this machine can confine an engine, found out by doing it. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { shell } from './bounded-process.ts'
import { confinedCommand, confinedEnd } from './confinement.ts'

/** Ends well where it is process 1, and sees the one folder but not those around it, whatever it tries. */
const inside = `
test $$ = 1 || { echo 'other processes stay visible'; exit 1; }
test -d "$1/shown" || { echo 'the folder of the run is not visible'; exit 1; }
umount -l "$1" 2>/dev/null
test ! -e "$1/beside" || { echo 'hidden folders stay visible'; exit 1; }`

const longestMs = 10_000

/** @returns why it cannot, in words for the operator; undefined when it can. */
export async function whyUnconfined(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'only Linux has namespaces'
  if (!existsSync('/proc/thread-self/children')) return 'the system does not list the children of a process'
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'rfs-probe-')))
  try {
    await mkdir(join(folder, 'beside'))
    await mkdir(join(folder, 'shown'))
    return await probe(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function probe(folder: string): Promise<string | undefined> {
  const shown = join(folder, 'shown')
  let command: [string, string[]]
  try {
    command = confinedCommand(shell, ['-c', inside, 'probe', folder], { hidden: [folder], shown })
  } catch (error) {
    return (error as Error).message
  }
  const options = { cwd: shown, env: { PATH: '/usr/bin:/bin' }, timeout: longestMs, killSignal: 'SIGKILL' } as const
  return new Promise((resolve) => {
    execFile(...command, options, (error, stdout, stderr) => {
      if (!error) return resolve(undefined)
      const code = typeof error.code === 'number' ? error.code : null
      const said = confinedEnd(code, stderr).notStarted ?? (stdout.trim() || stderr.trim() || error.message)
      resolve(said.split('\n')[0])
    })
  })
}

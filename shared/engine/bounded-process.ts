/**
 * Bounds that the operating system keeps for every process of an engine. A shell sets them and then becomes the engine,
 * so that nothing of the engine runs without them; none of its children can raise them again. What all of them
 * use together (processes, memory, disk) is bounded by the sandbox only: the system counts processes by user.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export interface ProcessBounds {
  /** Processor time of one process. */
  readonly cpuSeconds: number
  /** Memory of one process that is its own (`RLIMIT_DATA`; the address space says nothing about Go programs). */
  readonly memoryBytes: number
  /** Length of one file. */
  readonly fileBytes: number
  readonly openFiles: number
}

/** What large providers need, and no more than a runner has: one fills several hundred megabytes of disk and memory. */
export const engineBounds: ProcessBounds = {
  cpuSeconds: 1_800,
  memoryBytes: 2 * 1024 ** 3,
  fileBytes: 2 * 1024 ** 3,
  openFiles: 4_096,
}

export const shell = '/bin/sh'
/** `ulimit` counts files in blocks of this size where the shell is POSIX. */
const blockBytes = 512

/**
 * The command that runs `binary` within `bounds`. A bound that the host has set lower already stays as it is, and one that it
 * does not let be set is left out: `unsetBounds` tells which.
 */
export function boundedCommand(binary: string, args: readonly string[], bounds: ProcessBounds): [string, string[]] {
  const script = limitsOf(bounds).map(({ option, value }) => `ulimit -${option} ${value} 2>/dev/null || :`)
  return [shell, ['-c', `${script.join('; ')}; exec "$0" "$@"`, binary, ...args]]
}

/** The names of those bounds that processes of this host cannot be given, and have no lower one instead. */
export async function unsetBounds(bounds: ProcessBounds): Promise<string[]> {
  const script = limitsOf(bounds).map(
    ({ name, option, value }) =>
      `ulimit -${option} ${value} 2>/dev/null || [ "$(ulimit -H -${option})" -le ${value} ] 2>/dev/null || echo ${name}`,
  )
  const { stdout } = await promisify(execFile)(shell, ['-c', script.join('; ')], { env: {} })
  return stdout.split('\n').filter((name) => name !== '')
}

function limitsOf({ cpuSeconds, memoryBytes, fileBytes, openFiles }: ProcessBounds) {
  return [
    { name: 'coreBytes', option: 'c', value: 0 },
    { name: 'cpuSeconds', option: 't', value: cpuSeconds },
    { name: 'memoryBytes', option: 'd', value: Math.floor(memoryBytes / 1024) },
    { name: 'fileBytes', option: 'f', value: Math.floor(fileBytes / blockBytes) },
    { name: 'openFiles', option: 'n', value: openFiles },
  ]
}

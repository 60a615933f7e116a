/**
 * Bounds that the operating system keeps for every process of an engine. A shell sets them and then becomes the engine,
 * so that nothing of the engine runs without them; none of its children can raise them again. What all of them
 * use together (processes, memory, disk) is bounded by the sandbox only: the system counts processes by user.
 */

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

const shell = '/bin/sh'
/** `ulimit` counts files in blocks of this size where the shell is POSIX. */
const blockBytes = 512

/** The command that runs `binary` within `bounds`. A bound that the host has set lower already stays as it is. */
export function boundedCommand(binary: string, args: readonly string[], bounds: ProcessBounds): [string, string[]] {
  const limits = [
    ['c', 0],
    ['t', bounds.cpuSeconds],
    ['d', Math.floor(bounds.memoryBytes / 1024)],
    ['f', Math.floor(bounds.fileBytes / blockBytes)],
    ['n', bounds.openFiles],
  ]
  const script = limits.map(([option, value]) => `ulimit -${option} ${value} 2>/dev/null || :`).join('; ')
  return [shell, ['-c', `${script}; exec "$0" "$@"`, binary, ...args]]
}

/**
 * Asks a confined engine to stop. To the process started here it is of no use: that one waits for the engine and lets signals
 * pass. And process 1 of a namespace does not get signals that it has no handler for, not even those that would end it.
 */
import { readFileSync } from 'node:fs'
import { isSetup } from './confinement.ts'
import { killGroup } from './stray-processes.ts'

/** SIGINT in the masks of `/proc/<pid>/status`. */
const interruptBit = 1n << 1n

/**
 * Does what SIGINT does to an engine that is not confined: its handler is called; one without a handler, because it has not
 * begun yet, is ended.
 * @param leaderId process id of what was started, which has not ended
 */
export function interruptConfined(leaderId: number): void {
  const engineId = onlyChildOf(leaderId)
  const begun = engineId !== undefined && !isSetup(read(`/proc/${engineId}/cmdline`))
  if (begun && hasSay(engineId)) signal(engineId)
  else killGroup(leaderId)
}

function signal(processId: number): void {
  try {
    process.kill(processId, 'SIGINT')
  } catch (error) {
    // It has just ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function onlyChildOf(processId: number): number | undefined {
  const [child] = read(`/proc/${processId}/task/${processId}/children`).trim().split(' ')
  return child ? Number(child) : undefined
}

/** Whether the process handles or ignores SIGINT. */
function hasSay(processId: number): boolean {
  const masks = read(`/proc/${processId}/status`).matchAll(/^Sig(?:Cgt|Ign):\s*([0-9a-f]+)$/gm)
  return masks.some(([, mask]) => (BigInt(`0x${mask}`) & interruptBit) !== 0n)
}

/** Nothing for a process that has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

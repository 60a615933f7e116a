/** Finds the engine of a run among the processes of the machine, by the template in its working folder, and kills it. */
import { readdirSync, readFileSync } from 'node:fs'

function argumentsOf(id: string): string[] {
  return readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0')
}

/** Whether a process is an apply of the run; one that ends while it is looked at is none. */
function isApplyOf(id: string, run: string, binary: string): boolean {
  try {
    const [program, command] = argumentsOf(id)
    if (program !== binary || command !== 'apply') return false
    return readFileSync(`/proc/${id}/cwd/main.tf`, 'utf8').startsWith(`# run: ${run}\n`)
  } catch {
    return false
  }
}

function groupOf(id: number): number {
  const stat = readFileSync(`/proc/${id}/stat`, 'utf8')
  // The name of the program, in parentheses, may hold blanks.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2])
}

/** The applies of a run that are at work. */
export function appliesOf(run: string, binary: string): number[] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return ids.filter((id) => isApplyOf(id, run, binary)).map(Number)
}

/** Kills (SIGKILL) the applies of a run, alone or with the whole group of each. @returns how many there were */
export function killApplies(run: string, binary: string, whole: 'engine' | 'group'): number {
  const ids = appliesOf(run, binary)
  for (const id of ids) process.kill(whole === 'group' ? -groupOf(id) : id, 'SIGKILL')
  return ids.length
}

/**
 * Node opens its own files so that children do not get them, but passes on what it was started with itself, a host's log
 * pipe for example. An engine must not get those: tenants' programs run below it.
 */
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'

type EngineStdio = ['ignore', 'pipe', 'pipe', ...('ignore' | number)[]]

/** `O_CLOEXEC` in the octal flags of `/proc/<pid>/fdinfo`. */
const closeOnExec = 0o2000000

/**
 * Calls `use` with the `stdio` of a child that gets nothing but its own three streams: every other descriptor that it would
 * inherit is /dev/null in the child. Where there is no /proc, it is the plain three streams.
 */
export function withheldDescriptors<Result>(use: (stdio: EngineStdio) => Result): Result {
  const inheritable = inheritableDescriptors()
  const stdio: EngineStdio = ['ignore', 'pipe', 'pipe']
  if (inheritable.length === 0) return use(stdio)
  const nothing = openSync('/dev/null', 'r+')
  try {
    const highest = Math.max(...inheritable)
    for (let descriptor = 3; descriptor <= highest; descriptor += 1) {
      stdio[descriptor] = inheritable.includes(descriptor) ? nothing : 'ignore'
    }
    return use(stdio)
  } finally {
    closeSync(nothing)
  }
}

function inheritableDescriptors(): number[] {
  return listDescriptors().filter((descriptor) => descriptor > 2 && isInheritable(descriptor))
}

function listDescriptors(): number[] {
  try {
    return readdirSync('/proc/self/fdinfo').map(Number)
  } catch {
    return []
  }
}

function isInheritable(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))
    return flags !== null && (Number.parseInt(flags[1]!, 8) & closeOnExec) === 0
  } catch {
    // Closed since it was listed.
    return false
  }
}

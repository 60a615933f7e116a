/** What happened, step by step, in words. The last steps are kept; all of them go into a digest, which tells traces apart. */
import { createHash } from 'node:crypto'

const mostLines = 4000

export interface Trace {
  add(timeMs: number, who: string, what: string): void
  /** The last lines, oldest first. */
  lines(): readonly string[]
  steps(): number
  digest(): string
}

/** Ids in short: their last six characters, which are random, tell them apart well enough to read. */
function shortened(text: string): string {
  return text.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{6}([0-9a-f]{6})/g, '$1')
}

export function openTrace(): Trace {
  const kept: string[] = []
  const hash = createHash('sha256')
  let steps = 0
  let firstMs: number | undefined
  return {
    add: (timeMs, who, what) => {
      firstMs ??= timeMs
      steps += 1
      const line = `${((timeMs - firstMs) / 1000).toFixed(2).padStart(9)}  ${who.padEnd(10)}  ${shortened(what)}`
      hash.update(line)
      kept.push(line)
      if (kept.length > mostLines) kept.splice(0, mostLines / 2)
    },
    lines: () => kept,
    steps: () => steps,
    digest: () => hash.copy().digest('hex').slice(0, 16),
  }
}

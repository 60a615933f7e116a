/** What the code under test logs, kept instead of printed, so that a test can look for what must (and must not) be in it. */
import { afterEach, beforeEach, vi } from 'vitest'

export interface CapturedLog {
  /** The lines of the running test, as printed. */
  readonly lines: readonly string[]
  /** The same, parsed. A line that is no JSON is an error. */
  entries(): Record<string, unknown>[]
}

/** Captures what goes to the standard output during every test of the file that calls it. */
export function captureLog(): CapturedLog {
  const lines: string[] = []
  beforeEach(() => {
    lines.length = 0
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      lines.push(...String(text).trimEnd().split('\n'))
      return true
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })
  return { lines, entries: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

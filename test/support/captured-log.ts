/** What the code under test logs, kept instead of printed, so that a test can look for what must (and must not) be in it. */
import { afterEach, beforeEach, vi } from 'vitest'

export interface CapturedLog {
  /** The lines of the running test, as printed. */
  readonly lines: string[]
  /** The same, parsed. */
  entries(): Record<string, unknown>[]
}

/** Captures for every test of the file that calls it; a line that is no JSON fails the test that reads it. */
export function captureLog(): CapturedLog {
  const lines: string[] = []
  beforeEach(() => {
    lines.length = 0
    vi.spyOn(console, 'log').mockImplementation((line: unknown) => {
      lines.push(String(line))
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })
  return { lines, entries: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

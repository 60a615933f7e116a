/** Prints the outcome of a run as its very last line: `N passed, N failed`, and `, N skipped` if any were. */
import { writeSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/**
 * Counts tests by outcome. What failed outside a test counts as failed too, or a run could fail with `0 failed`: a file or a
 * suite with errors of its own, and each error that no test caught. A test without an outcome was never run: skipped.
 */
export function countOutcomes(modules: readonly TestModule[], unhandledErrors: number): Counts {
  const counts = { passed: 0, failed: unhandledErrors, skipped: 0 }
  for (const module of modules) {
    counts.failed += module.errors().length
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      counts[state === 'pending' ? 'skipped' : state] += 1
    }
  }
  return counts
}

export function summaryLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/**
 * The reporter. Other reporters may print after this one is asked, but nothing prints after the exit of the process; there
 * only a synchronous write still reaches a pipe. In watch mode the last run counts.
 */
export function summaryReporter(): Reporter {
  let line: string | undefined
  return {
    onTestRunEnd: (modules, unhandledErrors) => {
      if (line === undefined) process.once('exit', () => writeSync(1, `${line}\n`))
      line = summaryLine(countOutcomes(modules, unhandledErrors.length))
    },
  }
}

import { expect, test } from 'vitest'
import type { TestModule } from 'vitest/node'
import { countOutcomes, summaryLine } from '../../support/summary-reporter.ts'

type State = 'passed' | 'failed' | 'skipped' | 'pending'

/** As much of a module as counting looks at. */
function module(states: readonly State[], own: { errors?: number; suiteErrors?: number } = {}): TestModule {
  const suite = { errors: () => Array.from({ length: own.suiteErrors ?? 0 }) }
  return {
    errors: () => Array.from({ length: own.errors ?? 0 }),
    children: {
      allSuites: () => [suite],
      allTests: () => states.map((state) => ({ result: () => ({ state }) })),
    },
  } as unknown as TestModule
}

test.each([
  ['all passed', [module(['passed', 'passed']), module(['passed'])], 0, '3 passed, 0 failed'],
  ['one failed, one skipped', [module(['passed', 'failed', 'skipped'])], 0, '1 passed, 1 failed, 1 skipped'],
  ['a file that does not load', [module(['passed']), module([], { errors: 1 })], 0, '1 passed, 1 failed'],
  ['a hook of a suite that fails', [module(['skipped'], { suiteErrors: 1 })], 0, '0 passed, 1 failed, 1 skipped'],
  ['an error that no test caught', [module(['passed'])], 1, '1 passed, 1 failed'],
  ['a run that was cut off', [module(['passed', 'pending'])], 0, '1 passed, 0 failed, 1 skipped'],
])('%s', (_, modules, unhandled, line) => {
  expect(summaryLine(countOutcomes(modules, unhandled))).toBe(line)
})

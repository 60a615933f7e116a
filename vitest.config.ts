import { defineConfig } from 'vitest/config'
import { summaryReporter } from './test/support/summary-reporter.ts'

/**
 * Three projects, one after the other. Files of the same project run two at a time, each with a cloud of its own; only those
 * that end functions and engines in the middle of their work run alone, since they are about what happens when.
 */
const cloud = { globalSetup: ['test/support/assembly.ts'], testTimeout: 60_000, hookTimeout: 60_000 }
const alone = ['test/faults/**/*.test.ts', 'test/e2e/restart.test.ts']

export default defineConfig({
  test: {
    reporters: ['default', summaryReporter()],
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 20_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...cloud,
          name: 'cloud',
          include: ['test/e2e/**/*.test.ts'],
          exclude: alone,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: { ...cloud, name: 'faults', include: alone, fileParallelism: false, sequence: { groupOrder: 2 } },
      },
    ],
  },
})

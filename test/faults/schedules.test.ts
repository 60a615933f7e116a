/** The command that plays faults, as people run it, but short; and that the same seed is the same schedule. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { mutations } from './mutations.ts'
import { runOrder } from './run-schedules.ts'

const command = fileURLToPath(new URL('./faults.ts', import.meta.url))

interface Printed {
  readonly code: number
  readonly output: string
}

async function faults(...given: string[]): Promise<Printed> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [command, ...given])
    return { code: 0, output: stdout }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, output: stdout + stderr }
  }
}

describe('the service under a seeded scheduler', () => {
  test('keeps its invariants, and a broken one is noticed', async () => {
    const { code, output } = await faults('--schedules', '60', '--mutations', '100', '--engine', '0')
    expect(code, output).toBe(0)
    expect(output).toMatch(/^Schedules without the engine: 60 in /m)
    expect(output).not.toMatch(/NOT CAUGHT|UNEXPECTED|DOES NOT RUN/)
    expect(output.match(/caught by \w+ /g)).toHaveLength(mutations.length)
  }, 120_000)

  test('does the same for the same seed, step for step, whatever ran before it', async () => {
    const [alone, after] = await Promise.all([runOrder({ seeds: [9] }), runOrder({ seeds: [3, 12, 9] })])
    const again = after.reports.find(({ seed }) => seed === 9)
    expect(alone.reports[0]?.steps).toBeGreaterThan(100)
    expect(again).toEqual(alone.reports[0])
    expect(new Set(after.reports.map(({ digest }) => digest)).size).toBe(3)
  }, 60_000)

  test('prints a failing schedule step by step, with the seed that replays it', async () => {
    const broken = mutations.find(({ name }) => name === 'plans never expire')
    const { reports } = await runOrder({ seeds: [broken?.seed ?? 1], mutation: 'plans never expire' })
    expect(reports[0]?.violations[0]).toMatchObject({ invariant: 'expired' })
    expect(reports[0]?.trace.at(-1)).toContain('api')
    const { code, output } = await faults('--seed', '2')
    expect(code, output).toBe(0)
    expect(output).toContain('has the answer to CreateStack -> 201')
    expect(output).toContain('npm run faults -- --seed 2')
  }, 60_000)

  test('says how it is used, and what it does not understand', async () => {
    expect((await faults('--help')).output).toContain('Usage: npm run faults')
    expect(await faults('--seed', 'x')).toMatchObject({ code: 1, output: expect.stringContaining('whole number') })
  })
})

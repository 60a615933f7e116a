import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errors, expectClean, testStack } from './run-harness.ts'
import { scriptedEngine } from './scripted-engine.ts'
import { temporaryFolder } from './temporary-folder.ts'

const template = 'resource "terraform_data" "one" {}\n'

describe('the end of the time of a plan', () => {
  const message = 'The time of this run is up: the engine was interrupted before the execution plan was made.'

  it('interrupts the engine; nothing is saved', async () => {
    const { run, plans, folder } = await testStack()
    const searchPath = await scriptedEngine(() => '[ "$1" = plan ] && exec sleep 60; exit 0')
    const answer = await run({ command: 'plan', template, searchPath, stopAtMs: Date.now() + 500 })
    expect(answer.result).toMatchObject({ outcome: 'interrupted', message, stateSaved: false, viewComplete: false })
    expect([errors(answer), answer.items, plans.saves]).toEqual([[], [], []])
    await expectClean(folder, answer)
  })

  it('does not begin a plan whose time is already up', async () => {
    const { run, plans } = await testStack()
    const answer = await run({ command: 'plan', template, stopAtMs: Date.now() - 1 })
    expect(answer.result).toMatchObject({ outcome: 'interrupted', message })
    expect([answer.items, plans.saves]).toEqual([[], []])
  })
})

describe('an engine that does not do what it should', () => {
  it.each<[string, (real: string) => string, string]>([
    ['saves no plan', () => 'exit 0', 'The engine made no execution plan.'],
    [
      'cannot show its plan',
      (real) => `[ "$1" = show ] && exit 1\nexec ${real} "$@"`,
      'The engine could not show the execution plan that it made.',
    ],
    [
      'shows a plan in an unknown format',
      (real) => `[ "$1" = show ] && { echo '{"format_version":"2.0"}'; exit 0; }\nexec ${real} "$@"`,
      'The runner could not make the execution plan.',
    ],
  ])('fails the plan when it %s', async (_what, script, message) => {
    const { run, plans, folder } = await testStack()
    const answer = await run({ command: 'plan', template, searchPath: await scriptedEngine(script) })
    expect(answer.result).toMatchObject({ outcome: 'failed', message })
    expect([errors(answer), answer.items, plans.saves]).toEqual([[message], [], []])
    await expectClean(folder, answer)
  })

  it('may fail to show a plan that it can carry out: that is logged', async () => {
    const { run } = await testStack()
    await run({ command: 'plan', template })
    const searchPath = await scriptedEngine((real) => `[ "$1" = show ] && [ -n "$4" ] && exit 1\nexec ${real} "$@"`)
    const answer = await run({ asPlanned: true, template, searchPath })
    expect(answer.result).toMatchObject({ outcome: 'succeeded', viewComplete: true })
    expect(answer.logged).toMatchObject([{ message: 'the engine did not show a saved plan' }])
  })
})

describe('the versions of providers', () => {
  it('are those that the plan was made with', async () => {
    const { run, folder } = await testStack()
    const notes = await temporaryFolder()
    const searchPath = await scriptedEngine(
      (real) => `[ "$1" = init ] && cp .terraform.lock.hcl ${notes}/locks 2>/dev/null\nexec ${real} "$@"`,
    )
    const locks = () => readFile(join(notes, 'locks'), 'utf8').catch(() => undefined)
    const planned = await run({ command: 'plan', template, searchPath })
    expect(await locks()).toBeUndefined()
    const applied = await run({ asPlanned: true, template, searchPath })
    expect(applied.result.outcome).toBe('succeeded')
    expect(await locks()).toContain('maintained automatically')
    await expectClean(folder, planned, applied)
  })
})

/** The moment in which nothing is under way, told from the engine's log. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { change } from '../../../shared/engine/engine-commands.ts'
import { followOperations } from '../../../shared/engine/quiet-moment.ts'
import { createReport } from '../../../shared/engine/run-report.ts'
import { createWorkspace } from '../../../shared/engine/workspace.ts'
import { goldenText } from './golden-lines.ts'
import { temporaryFolder } from './temporary-folder.ts'

const line = (type: string, rest: object) =>
  JSON.stringify({ '@message': 'm', '@timestamp': '2026-11-21T09:11:18Z', type, ...rest })
const hook = (type: string, addr: string, action = 'create') =>
  line(type, { hook: { resource: { addr, resource_type: 'a', resource_name: 'b' }, action } })
const planned = (add: number, remove = 0) =>
  line('change_summary', { changes: { operation: 'plan', add, change: 0, remove } })

/** After which lines the engine rests. */
function rests(lines: readonly string[]): number[] {
  const operations = followOperations(() => 0)
  return lines.flatMap((text, at) => (operations.rest(text) ? [at] : []))
}

describe('the engine rests', () => {
  it('when one resource is made and the next one is not begun', () => {
    const lines = [planned(2), hook('apply_start', 'a'), hook('apply_complete', 'a'), hook('apply_start', 'b')]
    expect(rests(lines)).toEqual([2])
  })

  it('not while anything else is under way', () => {
    const lines = [planned(3), hook('apply_start', 'a'), hook('apply_start', 'b'), hook('apply_complete', 'a')]
    expect(rests([...lines, hook('apply_complete', 'b')])).toEqual([4])
  })

  it('not at the end, when all that was planned is done', () => {
    const replaced = [
      planned(1, 1),
      hook('apply_start', 'a', 'delete'),
      hook('apply_complete', 'a', 'delete'),
      hook('apply_start', 'a'),
      hook('apply_complete', 'a'),
    ]
    expect(rests(replaced)).toEqual([2])
  })

  it('after every operation of a plan whose size its log does not tell', () => {
    const lines = ['a', 'b'].flatMap((addr) => [hook('apply_start', addr), hook('apply_complete', addr)])
    expect(rests(lines)).toEqual([1, 3])
  })

  it('not once something has failed: the rest is worth the wait', () => {
    const failed = [hook('apply_start', 'a'), hook('apply_errored', 'a')]
    expect(rests([planned(3), ...failed, hook('apply_start', 'b'), hook('apply_complete', 'b')])).toEqual([])
  })

  it('in the recorded log of a real engine', () => {
    const golden = goldenText('instances-create')
    const complete = golden.flatMap((text, at) => (text.includes('"type":"apply_complete"') ? [at] : []))
    const found = rests(golden)
    expect(found.every((at) => complete.includes(at))).toBe(true)
    expect(found).not.toContain(complete.at(-1))
  })
})

it('what the longest operation took is known once it has ended', () => {
  let nowMs = 0
  const operations = followOperations(() => nowMs)
  const at = (ms: number, text: string) => {
    nowMs = ms
    operations.rest(text)
    return operations.longestMs()
  }
  expect(at(100, hook('apply_start', 'a'))).toBe(0)
  expect(at(150, hook('apply_start', 'b'))).toBe(0)
  expect(at(400, hook('apply_complete', 'b'))).toBe(250)
  expect(at(500, hook('apply_complete', 'a'))).toBe(400)
  expect(at(600, hook('apply_complete', 'never begun'))).toBe(400)
})

describe('an engine whose time is nearly up', () => {
  /** A program in the engine's place that makes `a` in half a second, rests for a second, and makes `b`. */
  async function runFor(quietInMs: number, { now = Date.now, interruptInMs = 20_000 } = {}) {
    const folder = await temporaryFolder()
    const say = (type: string, addr: string) => `echo '${hook(type, addr)}'`
    const script = [
      "trap 'exit 1' INT",
      say('apply_start', 'a'),
      'sleep 0.5',
      say('apply_complete', 'a'),
      'sleep 1 & wait',
      say('apply_start', 'b'),
      say('apply_complete', 'b'),
    ]
    const binary = join(folder, 'engine')
    await writeFile(binary, ['#!/bin/sh', ...script, ''].join('\n'), { mode: 0o700 })
    const said: string[] = []
    const report = createReport({
      emit: (told) => void (told.type === 'event' && said.push(`${told.event.type} ${told.event.resource?.address}`)),
      hidePaths: (message) => message,
      now,
    })
    const interruptAtMs = now() + interruptInMs
    const limits = { interruptAtMs, killAtMs: interruptAtMs + 5_000, now }
    const setting = { binary, workspace: await createWorkspace(folder), report, limits, quietFromMs: now() + quietInMs }
    const exit = await change(setting, { PATH: '/usr/bin:/bin' }, 'apply', [])
    return { exit, said }
  }
  const onlyTheFirst = ['CREATION_IN_PROGRESS a', 'CREATION_COMPLETE a']

  it('is interrupted when it rests', async () => {
    const { exit, said } = await runFor(0)
    expect(exit).toMatchObject({ interrupted: true, killed: false })
    expect(said).toEqual(onlyTheFirst)
  })

  it('is interrupted when it rests and what comes next may take longer than there is time', async () => {
    // A clock that runs 20 times as fast: the first took 10 of its seconds, and fewer than that are left.
    const startedAtMs = Date.now()
    const now = () => startedAtMs + (Date.now() - startedAtMs) * 20
    const { exit, said } = await runFor(17_000, { now, interruptInMs: 18_000 })
    expect(exit).toMatchObject({ interrupted: true, killed: false })
    expect(said).toEqual(onlyTheFirst)
  })

  it('goes on when it rests before that', async () => {
    const { exit, said } = await runFor(15_000)
    expect(exit).toMatchObject({ code: 0, interrupted: false })
    expect(said).toHaveLength(4)
  })
})

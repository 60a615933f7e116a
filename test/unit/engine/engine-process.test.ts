import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { engineBounds } from '../../../shared/engine/bounded-process.ts'
import { type EngineLimits, runEngine } from '../../../shared/engine/engine-process.ts'
import { killStrayProcesses } from '../../../shared/engine/stray-processes.ts'
import { unconfined } from '../../support/confinement.ts'
import { endSoon, longNap, processesWith, runFolder, runInPlace, soon } from './script-engine.ts'

describe.each([
  ['as on a machine of its own', false],
  ['confined', true],
])('a process of the engine, %s', (_, confined) => {
  const test = it.skipIf(confined && unconfined !== undefined)

  /** Runs a shell script in the engine's place. */
  async function runScript(script: string, limits: Partial<EngineLimits> = {}, environment = {}) {
    const { folder, confinement } = await runFolder()
    return runInPlace(script, folder, { ...limits, ...(confined ? { confinement } : {}) }, environment)
  }

  test('gives its lines, its code and the end of its errors', async () => {
    const { exit, texts } = await runScript('echo one; printf "two\\r\\nthree"; echo bad >&2; exit 3')
    expect(texts).toEqual(['one', 'two', 'three'])
    expect(exit).toEqual({ code: 3, interrupted: false, killed: false, errorText: 'bad\n' })
  })

  test('sees nothing of our environment', async () => {
    process.env.RFS_TEST_SECRET = 'visible'
    const { texts } = await runScript('env', {}, { ONLY: 'this' })
    delete process.env.RFS_TEST_SECRET
    const variables = texts.filter((text) => !/^(PWD|SHLVL|_)=/.test(text))
    expect(variables.sort()).toEqual(['ONLY=this', 'PATH=/usr/bin:/bin'])
  })

  test('gets none of the descriptors that we were started with', async () => {
    // A descriptor as a host passes it on: this test's own process is started once more with an extra one at 40.
    const { folder, parent, confinement } = await runFolder()
    const script = `
      import { runEngine } from './shared/engine/engine-process.ts'
      const confinement = ${confined ? JSON.stringify(confinement) : 'undefined'}
      const times = { interruptAtMs: Date.now() + 9e3, killAtMs: Date.now() + 1e4, now: Date.now }
      const list = 'for f in /proc/self/fd/*; do readlink $f; done; wc -c < /proc/self/fd/40'
      const environment = { PATH: '/usr/bin:/bin' }
      const command = { binary: '/bin/sh', args: ['-c', list], folder: ${JSON.stringify(folder)}, environment }
      await runEngine(command, { ...times, confinement, maxLineBytes: 1000 }, ({ text }) => console.log(text))`
    await writeFile(join(parent, 'secret'), 'secret')
    const secret = openSync(join(parent, 'secret'), 'r')
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'pipe', ...Array(37).fill('ignore'), secret],
      encoding: 'utf8',
    })
    closeSync(secret)
    expect(child.stderr).toBe('')
    expect(child.stdout).not.toContain(parent)
    expect(child.stdout.trim().split('\n').at(-1)?.trim()).toBe('0')
  })

  test('cannot fill memory with one line, nor with its errors', async () => {
    const { exit, lines } = await runScript(
      'head -c 3000000 /dev/zero | tr "\\0" x; echo; echo short; head -c 3000000 /dev/zero >&2',
    )
    expect(lines.map(({ text, cut }) => [text.length, cut])).toEqual([
      [1000, true],
      [5, false],
    ])
    expect(exit.errorText.length).toBeLessThanOrEqual(8192)
  })

  test('is asked to stop at its time, alone, and may end in order', async () => {
    const script = `trap "echo stopping; exit 1" INT; sh -c 'trap "echo child" INT; sleep 0.5' & echo started; while :; do sleep 0.05; done`
    const { exit, lines } = await runScript(script, soon(300, 5_000))
    expect(lines.map(({ text, interrupted }) => [text, interrupted])).toEqual([
      ['started', false],
      ['stopping', true],
    ])
    expect(exit).toMatchObject({ code: 1, interrupted: true, killed: false })
  })

  test.each([0, 5, 10, 20, 40, 300])(
    'that does not listen ends when it is asked to stop, after %i ms',
    async (afterMs) => {
      const { folder, confinement } = await runFolder()
      const limits = { ...soon(afterMs, 5_000), ...(confined ? { confinement } : {}) }
      const { exit } = await runInPlace(['/bin/sleep', '60'], folder, limits)
      expect(exit).toMatchObject({ code: null, interrupted: true, killed: false })
    },
  )

  test('is killed with its whole group when it does not stop', async () => {
    const nap = longNap()
    const { exit, folder } = await runScript(
      `trap "" INT; setsid sleep ${nap} >/dev/null 2>&1 & sleep ${nap}`,
      soon(300, 200),
    )
    expect(exit).toMatchObject({ code: null, interrupted: true, killed: true })
    if (!confined) await killStrayProcesses(folder)
    expect(await endSoon(nap)).toBe(true)
  })

  test('ends by a signal when a signal ends it', async () => {
    const bounds = { ...engineBounds, cpuSeconds: 1 }
    const { exit } = await runScript('echo working >&2; while :; do :; done', { bounds })
    expect(exit).toEqual({ code: null, interrupted: false, killed: false, errorText: 'working\n' })
  })

  test('leaves no child behind when it ends well', async () => {
    const nap = longNap()
    const { exit } = await runScript(`sleep ${nap} >/dev/null 2>&1 & exit 0`)
    expect(exit.code).toBe(0)
    expect(await endSoon(nap)).toBe(true)
  })

  test('does not outlive a child that holds its output', async () => {
    const startedAtMs = Date.now()
    const nap = longNap()
    const { exit } = await runScript(`sleep ${nap} & exit 0`)
    expect(exit.code).toBe(0)
    expect(Date.now() - startedAtMs).toBeLessThan(5_000)
    expect(await endSoon(nap)).toBe(true)
  })

  test('is interrupted when its reader fails, and the reader’s error comes out', async () => {
    const { folder, confinement } = await runFolder()
    const command = {
      binary: '/bin/sh',
      args: ['-c', 'trap "echo $$ > ended; exit 0" INT; echo line; while :; do sleep 0.05; done'],
      folder,
      environment: { PATH: '/usr/bin:/bin' },
    }
    const limits = { ...soon(20_000, 5_000), maxLineBytes: 1000, now: Date.now }
    const running = runEngine(command, { ...limits, ...(confined ? { confinement } : {}) }, () =>
      Promise.reject(new Error('reader gone')),
    )
    await expect(running).rejects.toThrow('reader gone')
    expect(await readFile(join(folder, 'ended'), 'utf8')).toMatch(/^\d+\n$/)
  })

  test('waits for a slow reader instead of filling memory', async () => {
    const { folder, confinement } = await runFolder()
    let count = 0
    const exit = await runEngine(
      { binary: '/bin/sh', args: ['-c', 'seq 1 300'], folder, environment: { PATH: '/usr/bin:/bin' } },
      { ...soon(20_000, 5_000), maxLineBytes: 1000, now: Date.now, ...(confined ? { confinement } : {}) },
      async () => {
        count += 1
        if (count % 50 === 0) await wait(10)
      },
    )
    expect([exit.code, count]).toEqual([0, 300])
  })

  test('tells why it cannot start', async () => {
    const { folder, confinement } = await runFolder()
    const limits = confined ? { confinement } : {}
    await expect(runInPlace(['/nowhere/engine'], folder, limits)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('a program that makes a session of its own', () => {
  it('is found by its workspace where it is not confined', async () => {
    const nap = longNap()
    const { folder } = await runFolder()
    await runInPlace(`setsid sleep ${nap} >/dev/null 2>&1 & sleep 0.2`, folder, {}, { HOME: folder })
    expect(await processesWith(nap)).toHaveLength(1)
    expect(await killStrayProcesses(folder)).toBeGreaterThanOrEqual(1)
    expect(await endSoon(nap)).toBe(true)
    expect(await killStrayProcesses(folder)).toBe(0)
  })
})

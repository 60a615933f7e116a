import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type EngineLimits, runEngine } from '../../../shared/engine/engine-process.ts'
import { killStrayProcesses } from '../../../shared/engine/stray-processes.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Runs a shell script in the engine's place. */
async function runScript(script: string, limits: Partial<EngineLimits> = {}, environment = {}) {
  const folder = await temporaryFolder()
  const lines: { text: string; cut: boolean; interrupted: boolean }[] = []
  const exit = await runEngine(
    { binary: '/bin/sh', args: ['-c', script], folder, environment: { PATH: '/usr/bin:/bin', ...environment } },
    {
      interruptAtMs: Date.now() + 20_000,
      killAtMs: Date.now() + 25_000,
      maxLineBytes: 1000,
      now: Date.now,
      ...limits,
    },
    (line, interrupted) => void lines.push({ ...line, interrupted }),
  )
  return { exit, lines, texts: lines.map(({ text }) => text), folder }
}

async function isAlive(processId: number): Promise<boolean> {
  const status = await readFile(`/proc/${processId}/stat`, 'utf8').catch(() => undefined)
  return status !== undefined && !/\) Z /.test(status)
}

async function endsSoon(processId: number): Promise<boolean> {
  for (let count = 0; count < 40; count += 1) {
    if (!(await isAlive(processId))) return true
    await wait(25)
  }
  return false
}

const soon = (interruptMs: number, graceMs: number) => ({
  interruptAtMs: Date.now() + interruptMs,
  killAtMs: Date.now() + interruptMs + graceMs,
})

describe('a process of the engine', () => {
  it('gives its lines, its code and the end of its errors', async () => {
    const { exit, texts } = await runScript('echo one; printf "two\\r\\nthree"; echo bad >&2; exit 3')
    expect(texts).toEqual(['one', 'two', 'three'])
    expect(exit).toEqual({ code: 3, interrupted: false, killed: false, errorText: 'bad\n' })
  })

  it('sees nothing of our environment', async () => {
    process.env.RFS_TEST_SECRET = 'visible'
    const { texts } = await runScript('env', {}, { ONLY: 'this' })
    delete process.env.RFS_TEST_SECRET
    const variables = texts.filter((text) => !/^(PWD|SHLVL|_|OLDPWD)=/.test(text))
    expect(variables.sort()).toEqual(['ONLY=this', 'PATH=/usr/bin:/bin'])
  })

  it('gets none of the descriptors that we were started with', async () => {
    // A descriptor as a host passes it on: this test's own process is started once more with an extra one at 40.
    const script = `
      import { runEngine } from './shared/engine/engine-process.ts'
      const limits = { interruptAtMs: Date.now() + 9e3, killAtMs: Date.now() + 1e4, maxLineBytes: 1000, now: Date.now }
      const list = 'for f in /proc/self/fd/*; do readlink $f; done; wc -c < /proc/self/fd/40'
      const command = { binary: '/bin/sh', args: ['-c', list], folder: '/', environment: { PATH: '/usr/bin:/bin' } }
      await runEngine(command, limits, ({ text }) => console.log(text))`
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'secret'), 'secret')
    const secret = openSync(join(folder, 'secret'), 'r')
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'pipe', ...Array(37).fill('ignore'), secret],
      encoding: 'utf8',
    })
    closeSync(secret)
    expect(child.stderr).toBe('')
    expect(child.stdout).not.toContain(folder)
    expect(child.stdout.trim().split('\n').at(-1)?.trim()).toBe('0')
  })

  it('cannot fill memory with one line, nor with its errors', async () => {
    const { exit, lines } = await runScript(
      'head -c 3000000 /dev/zero | tr "\\0" x; echo; echo short; head -c 3000000 /dev/zero >&2',
    )
    expect(lines.map(({ text, cut }) => [text.length, cut])).toEqual([
      [1000, true],
      [5, false],
    ])
    expect(exit.errorText.length).toBeLessThanOrEqual(8192)
  })

  it('is asked to stop at its time, alone, and may end in order', async () => {
    const script = 'trap "echo stopping; exit 1" INT; echo started; while :; do sleep 0.05; done'
    const { exit, lines } = await runScript(script, soon(200, 5_000))
    expect(lines.map(({ text, interrupted }) => [text, interrupted])).toEqual([
      ['started', false],
      ['stopping', true],
    ])
    expect(exit).toMatchObject({ code: 1, interrupted: true, killed: false })
  })

  it('is killed with its whole group when it does not stop', async () => {
    const { exit, texts } = await runScript('trap "" INT; sleep 60 & echo $!; sleep 61', soon(100, 200))
    expect(exit).toMatchObject({ code: null, interrupted: true, killed: true })
    expect(await endsSoon(Number(texts[0]))).toBe(true)
  })

  it('leaves no child behind when it ends well', async () => {
    const { exit, texts } = await runScript('sleep 60 >/dev/null 2>&1 & echo $!')
    expect(exit.code).toBe(0)
    expect(await endsSoon(Number(texts[0]))).toBe(true)
  })

  it('does not outlive a child that holds its output', async () => {
    const startedAtMs = Date.now()
    const { exit, texts } = await runScript('sleep 60 & echo $!')
    expect(exit.code).toBe(0)
    expect(Date.now() - startedAtMs).toBeLessThan(5_000)
    expect(await endsSoon(Number(texts[0]))).toBe(true)
  })

  it('is interrupted when its reader fails, and the reader’s error comes out', async () => {
    const folder = await temporaryFolder()
    const command = {
      binary: '/bin/sh',
      args: ['-c', 'trap "echo $$ > ended; exit 0" INT; echo line; while :; do sleep 0.05; done'],
      folder,
      environment: { PATH: '/usr/bin:/bin' },
    }
    const limits = { ...soon(20_000, 5_000), maxLineBytes: 1000, now: Date.now }
    const running = runEngine(command, limits, () => Promise.reject(new Error('reader gone')))
    await expect(running).rejects.toThrow('reader gone')
    expect(await readFile(join(folder, 'ended'), 'utf8')).toMatch(/^\d+\n$/)
  })

  it('waits for a slow reader instead of filling memory', async () => {
    const folder = await temporaryFolder()
    let count = 0
    const exit = await runEngine(
      { binary: '/bin/sh', args: ['-c', 'seq 1 300'], folder, environment: { PATH: '/usr/bin:/bin' } },
      { ...soon(20_000, 5_000), maxLineBytes: 1000, now: Date.now },
      async () => {
        count += 1
        if (count % 50 === 0) await wait(10)
      },
    )
    expect([exit.code, count]).toEqual([0, 300])
  })

  it('tells why it cannot start', async () => {
    const command = { binary: '/nowhere/engine', args: [], folder: '/', environment: {} }
    const limits = { ...soon(1_000, 1_000), maxLineBytes: 1000, now: Date.now }
    await expect(runEngine(command, limits, () => undefined)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('leaves a program with a session of its own to the search by workspace', async () => {
    const folder = await temporaryFolder()
    const { texts } = await runScript(
      "setsid sleep 60 >/dev/null 2>&1 & sleep 0.2; pgrep -s 0 >/dev/null; ps -eo pid,args | awk '/[s]leep 60$/ {print $1}' | tail -1",
      {},
      { HOME: folder },
    )
    const stray = Number(texts.at(-1))
    expect(await isAlive(stray)).toBe(true)
    expect(await killStrayProcesses(folder)).toBeGreaterThanOrEqual(1)
    expect(await endsSoon(stray)).toBe(true)
    expect(await killStrayProcesses(folder)).toBe(0)
  })
})

/** The bounds of every process of an engine, shown with small ones. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { engineBounds, type ProcessBounds } from '../../../shared/engine/bounded-process.ts'
import { runEngine } from '../../../shared/engine/engine-process.ts'
import { temporaryFolder } from './temporary-folder.ts'

async function runScript(script: string, bounds: Partial<ProcessBounds> = {}) {
  const folder = await temporaryFolder()
  const texts: string[] = []
  const exit = await runEngine(
    { binary: '/bin/sh', args: ['-c', script], folder, environment: { PATH: '/usr/bin:/bin' } },
    {
      interruptAtMs: Date.now() + 15_000,
      killAtMs: Date.now() + 16_000,
      maxLineBytes: 1000,
      bounds: { ...engineBounds, ...bounds },
      now: Date.now,
    },
    ({ text }) => void texts.push(text),
  )
  return { exit, texts, folder }
}

test('a file cannot grow beyond its bound, whoever writes it', async () => {
  const { folder, texts } = await runScript('(head -c 5000000 /dev/zero > big) 2>/dev/null; echo $?', {
    fileBytes: 1024 * 1024,
  })
  expect((await stat(join(folder, 'big'))).size).toBe(1024 * 1024)
  expect(texts).not.toEqual(['0'])
})

test('a process that only computes is ended by its bound, long before the time of the run', async () => {
  const { texts } = await runScript('sh -c "while :; do :; done"; echo $?', { cpuSeconds: 1 })
  expect(Number(texts[0])).toBeGreaterThan(128)
})

test('a process cannot take more memory than its bound', async () => {
  const script = 'head -c 300000000 /dev/zero | tail -c 200000000 >/dev/null 2>&1; echo $?'
  expect((await runScript(script)).texts).toEqual(['0'])
  expect((await runScript(script, { memoryBytes: 64 * 1024 * 1024 })).texts).not.toEqual(['0'])
})

test('the bounds are those of the service, and cannot be raised by a child that is not privileged', async () => {
  const { texts } = await runScript('for o in c t d f n; do ulimit -H -$o; done')
  expect(texts).toEqual(['0', '1800', String(2 * 1024 ** 2), String(2 * 1024 ** 2 * 2), expect.stringMatching(/^\d+$/)])
  expect(Number(texts.at(-1))).toBeLessThanOrEqual(engineBounds.openFiles)
})

test('a program whose name is no option and no script is started as it is', async () => {
  const folder = await temporaryFolder()
  const texts: string[] = []
  const limits = { interruptAtMs: Date.now() + 9_000, killAtMs: Date.now() + 9_500, maxLineBytes: 1000, now: Date.now }
  await runEngine(
    { binary: '/bin/echo', args: ['$(id)', '; id', "it's", '-n'], folder, environment: {} },
    limits,
    ({ text }) => void texts.push(text),
  )
  expect(texts).toEqual(["$(id) ; id it's -n"])
})

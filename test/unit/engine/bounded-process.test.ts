/** The bounds of every process of an engine, shown with small ones. */
import { spawnSync } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { engineBounds, type ProcessBounds, unsetBounds } from '../../../shared/engine/bounded-process.ts'
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

test('a bound that the host does not let be set is known; one that stands lower already is none of these', async () => {
  expect(await unsetBounds(engineBounds)).toEqual([])
  // What the shell refuses, whatever the host.
  expect(await unsetBounds({ ...engineBounds, memoryBytes: Number.NaN })).toEqual(['memoryBytes'])
  const script = `import { engineBounds, unsetBounds } from './shared/engine/bounded-process.ts'
    console.log(await unsetBounds(engineBounds), await unsetBounds({ ...engineBounds, openFiles: 100 }))`
  const node = [process.execPath, '--input-type=module', '-e', script]
  const lower = spawnSync('/bin/sh', ['-c', 'ulimit -n 200; ulimit -f 4000; exec "$@"', 'sh', ...node], {
    encoding: 'utf8',
  })
  expect(lower.stdout).toBe('[] []\n')
})

/** What an engine cannot see, undo or outlive where it is confined. Skipped, with the reason, on machines that cannot. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import type { Confinement } from '../../../shared/engine/confinement.ts'
import { unconfined } from '../../support/confinement.ts'
import { endSoon, longNap, processesWith, runFolder, runInPlace, soon } from './script-engine.ts'

let parent: string
let folder: string
let confinement: Confinement

beforeEach(async ({ skip }) => {
  skip(unconfined !== undefined, `this machine cannot confine: ${unconfined}`)
  ;({ parent, folder, confinement } = await runFolder())
})

const run = (engine: Parameters<typeof runInPlace>[0]) => runInPlace(engine, folder, { confinement })

test('the engine sees no process but its own, and no environment of the service', async () => {
  const { texts } = await run(`echo $$; cd /proc; for p in [0-9]*; do tr '\\0' '\\n' < $p/environ; done`)
  expect(texts[0]).toBe('1')
  const names = new Set(texts.slice(1).map((text) => text.split('=')[0]))
  expect([...names].filter((name) => !['PATH', 'PWD', 'SHLVL', '_'].includes(name!))).toEqual([])
})

test('hidden folders are empty, whatever their names, and the own one can be written', async () => {
  const odd = join(parent, 'a b\t#\\040', 'inner')
  await mkdir(odd, { recursive: true })
  await writeFile(join(odd, 'secret'), 'secret')
  await writeFile(join(parent, 'credentials.json'), '{}')
  confinement = { hidden: [odd, join(odd, '..')], shown: folder }
  const list = `find '${parent}' -type f; echo own > file; pwd`
  expect((await run(list)).texts).toEqual([join(parent, 'credentials.json'), folder])
  confinement = { hidden: [odd, parent], shown: folder }
  expect((await run(list)).texts).toEqual([join(folder, 'file'), folder])
  expect(existsSync(join(folder, 'file'))).toBe(true)
  expect(existsSync(join(odd, 'secret'))).toBe(true)
})

test('nothing of it can be undone from inside, with namespaces of its own neither', async () => {
  await writeFile(join(parent, 'secret'), 'secret')
  const ways = [
    '',
    'unshare -m',
    'unshare -U -m',
    'unshare -r -m',
    'unshare -r -m -p -f --mount-proc',
    'nsenter -t 1 -m',
  ]
  const script = ways.map((way) => `${way} sh -c 'umount ${parent}; umount -l ${parent}; cat ${parent}/secret'`)
  const { texts, exit } = await run(`(${script.join('; ')}) 2>/dev/null; cat ../secret; cd ..; ls`)
  expect(texts).toEqual(['run'])
  expect(exit.code).toBe(0)
})

test('devices are the harmless ones, and the settings of the system cannot be written', async () => {
  const script = `find /dev -type b; ls /dev; ls -A /sys
echo '|/bin/false' > /proc/sys/kernel/core_pattern || echo refused; echo x > /dev/null; head -c 4 /dev/zero | wc -c`
  const { texts } = await run(script)
  const devices = ['fd', 'full', 'null', 'ptmx', 'pts', 'random', 'shm', 'stderr', 'stdin', 'stdout', 'urandom', 'zero']
  expect(texts).toEqual([...devices, 'refused', '4'])
})

test('with the engine everything ends that it has started, in whatever session', async () => {
  const nap = longNap()
  const { exit } = await run(`for i in $(seq 50); do setsid sh -c 'sleep ${nap} & sleep ${nap}' & done; sleep 0.3`)
  expect(exit.code).toBe(0)
  // Not soon: they ended before their engine did.
  expect(await processesWith(nap)).toEqual([])
})

test('no signal from inside ends the engine, nor keeps it from being interrupted', async () => {
  const script = `trap 'echo interrupted; exit 1' INT; setsid sh -c 'kill -9 1; kill -STOP 1; kill -TERM 1'; echo alive; while :; do sleep 0.05; done`
  const { texts, exit } = await runInPlace(script, folder, { ...soon(500, 5_000), confinement })
  expect(texts).toEqual(['alive', 'interrupted'])
  expect(exit).toMatchObject({ code: 1, interrupted: true, killed: false })
})

test('it ends when only the process is killed that the service has started', async () => {
  const nap = longNap()
  const engine = ['/bin/sh', '-c', 'setsid sleep "$0" & wait', nap] as const
  const running = runInPlace(engine, folder, { ...soon(10_000, 0), confinement })
  // What was started, which names all of it, then the engine and its child.
  while ((await processesWith(nap)).length < 3) await new Promise((resolve) => setTimeout(resolve, 20))
  const starting = new Set(await processesWith('--kill-child'))
  const started = (await processesWith(nap)).filter((id) => starting.has(id))
  expect(started).toHaveLength(1)
  process.kill(started[0]!, 'SIGKILL')
  expect((await running).exit).toMatchObject({ code: null, interrupted: false })
  expect(await endSoon(nap)).toBe(true)
})

test('an engine in a hidden folder is refused with what to do about it', async () => {
  const binary = join(parent, 'tofu')
  await writeFile(binary, '#!/bin/sh\n', { mode: 0o755 })
  await expect(run([binary])).rejects.toThrow('The deployment engine lies in a folder of the service')
})

test('an engine that cannot be confined is not started; the words for the stack’s owner name no folder', async () => {
  confinement = { hidden: [join(parent, 'missing')], shown: folder }
  const failure = await run('echo started > evidence').catch((error: Error) => error)
  expect(failure).toMatchObject({
    message: 'The deployment engine was not started, because this machine did not confine it.',
    cause: expect.objectContaining({ message: expect.stringContaining('missing') }),
  })
  expect(existsSync(join(folder, 'evidence'))).toBe(false)
})

test('an ordinary user’s engine is confined as well', async ({ skip }) => {
  skip(process.getuid?.() !== 0, 'this user is an ordinary one: the tests above have shown it')
  const script = `import { whyUnconfined } from './shared/engine/confinement-probe.ts'; console.log(await whyUnconfined())`
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    uid: 65_534,
    gid: 65_534,
    encoding: 'utf8',
  })
  skip(/EACCES/.test(`${child.error} ${child.stderr}`), 'another user cannot read this folder')
  expect(child.stdout).toBe('undefined\n')
})

/**
 * A hostile template, in the profile that lets it run programs, on the local runtime. What one machine cannot show (an
 * empty role, a sandbox of its own for every run) is shown by the assertions on the template of the infrastructure.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { unconfined } from '../support/confinement.ts'
import { memoryWhile } from '../support/memory.ts'
import { many, running } from '../support/templates.ts'

let cloud: TestCloud
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rfs-test-'))
  mkdirSync(at('service'))
  writeFileSync(at('service/credentials.json'), '{"secretsKey":"planted-credentials"}')
  cloud = await startTestCloud({ hiddenFolders: [at('service')] })
})
afterAll(async () => {
  await cloud?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const at = (name: string) => join(folder, name)
const linesAt = (name: string) => readFileSync(at(name), 'utf8').trim().split('\n')

async function until(holds: () => boolean): Promise<void> {
  for (let count = 0; count < 800 && !holds(); count += 1) await sleep(25)
  expect(holds()).toBe(true)
}

/** Process ids of the programs that were started with this word. */
function processesWith(word: string): string[] {
  const commandOf = (id: string) => {
    try {
      return readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0')
    } catch {
      return []
    }
  }
  return readdirSync('/proc').filter((id) => /^\d+$/.test(id) && commandOf(id).includes(word))
}

describe('on a machine that confines engines, a hostile template', () => {
  const confinedTest = (name: string, body: () => Promise<void>) =>
    test(name, { timeout: 60_000 }, async ({ skip }) => {
      skip(unconfined !== undefined, `this machine cannot confine: ${unconfined}`)
      await body()
    })

  confinedTest('sees no process and no environment of the service, and none of its folders', async () => {
    const script = `
for p in /proc/[0-9]*; do tr '\\0' '\\n' < $p/environ; done > ${at('environments')}
for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done > ${at('commands')}
(cat ${at('service/credentials.json')}; ls -A ${at('service')}; umount -l ${at('service')}) > ${at('folders')} 2>&1
cat ${at('service/credentials.json')} >> ${at('folders')} 2>&1 || true`
    await cloud.created('looks-around', running(script), 'DEPLOYMENT_COMPLETE')
    const environments = linesAt('environments').filter((line) => /^(HOME|AWS_|RFS_|NODE|VITEST|npm_)/.test(line))
    expect(new Set(environments.map((line) => line.replace(/rfs-run-\w+/, '')))).toHaveLength(1)
    const commands = linesAt('commands').map((line) => line.split(' ')[0]!.split('/').at(-1))
    expect(commands.filter((name) => /node|vitest/.test(name!))).toEqual([])
    expect(commands.length).toBeLessThan(12)
    const folders = linesAt('folders')
    expect(folders.join()).not.toContain('planted-credentials')
    expect(folders.filter((line) => line === 'credentials.json')).toEqual([])
  })

  confinedTest('sees no other run that is under way, nor its processes', async () => {
    const busy = `echo planted-in-a-run > "$TMPDIR/secret"; pwd > ${at('busy')}; until test -e ${at('go')}; do sleep 0.05; done`
    cloud.must(await cloud.create('busy', { template_body: running(busy) }))
    await until(() => existsSync(at('busy')))
    const [other] = linesAt('busy')
    const script = `ls "$HOME/../.." > ${at('runs')}; pwd > ${at('own')}
cat ${other}/../tmp/secret ${other}/../state/* ${other}/*.tf > ${at('stolen')} 2>/dev/null
for p in /proc/[0-9]*; do cat $p/environ; done | grep -c ${other!.split('/').at(-2)} > ${at('traces')} || true`
    await cloud.created('spies', running(script), 'DEPLOYMENT_COMPLETE')
    expect((await cloud.metadata('busy')).status).toBe('DEPLOYMENT_IN_PROGRESS')
    writeFileSync(at('go'), '')
    expect(existsSync(join(other!, '..'))).toBe(true)
    expect(linesAt('runs')).toEqual([linesAt('own')[0]!.split('/').at(-2)])
    expect(linesAt('stolen')).toEqual([''])
    expect(linesAt('traces')).toEqual(['0'])
    expect((await cloud.settled('busy')).status).toBe('DEPLOYMENT_COMPLETE')
  })

  confinedTest('outlives its run in no way: not in sessions of its own, without environment, elsewhere', async () => {
    const nap = `300.${process.pid}`
    const script = `for i in $(seq 100); do (cd /; env -i setsid sh -c 'sleep ${nap} & sleep ${nap}' >/dev/null 2>&1 &); done; sleep 0.5`
    await cloud.created('storm', running(script), 'DEPLOYMENT_COMPLETE')
    expect(processesWith(nap)).toEqual([])
  })
})

test('its environment holds nothing of the service, nor of who started it', async () => {
  process.env.RFS_PLANTED_SECRET = 'planted-in-the-environment'
  await cloud.created('environment', running(`env > ${at('env')}`), 'DEPLOYMENT_COMPLETE')
  delete process.env.RFS_PLANTED_SECRET
  const text = readFileSync(at('env'), 'utf8')
  const names = text.split('\n').flatMap((line) => /^([A-Za-z_]\w*)=/.exec(line)?.[1] ?? [])
  expect(names).toContain('HOME')
  // A cache that outlived the run could be filled for another stack.
  expect(names).not.toContain('TF_PLUGIN_CACHE_DIR')
  expect(names.filter((name) => /^(AWS|RFS|LAMBDA|NODE|TABLE|BUCKET|QUEUE|RUNNER|VITEST|npm)/i.test(name))).toEqual([])
  expect(text).not.toContain('planted-in-the-environment')
  const home = /^HOME=(.*)$/m.exec(text)?.[1]
  expect(home).toMatch(/rfs-run-\w+\/home$/)
  expect(existsSync(home ?? '/')).toBe(false)
})

test('it holds no descriptor but its own, no input, and no metadata address', async () => {
  const script = `for f in /proc/self/fd/*; do readlink $f; done > ${at('fds')}\nenv | grep -ci 'metadata\\|169.254\\|credential' > ${at('metadata')} || true`
  await cloud.created('descriptors', running(script), 'DEPLOYMENT_COMPLETE')
  const open = readFileSync(at('fds'), 'utf8').trim().split('\n')
  expect(open.filter((target) => /socket|sqlite|\.json$|\.db$|inotify|eventpoll/.test(target))).toEqual([])
  expect(readFileSync(at('metadata'), 'utf8').trim()).toBe('0')
})

test('every port of the service that it finds refuses it', async () => {
  const ports = [cloud.baseUrl, ...Object.values(cloud.cloud.endpoints)].map((url) => new URL(url).port)
  const ask = `http.get({ agent: false, host: '127.0.0.1', port, path: '/v1/p/stacks' }, (r) => { console.log(r.statusCode); r.resume() }).on('error', () => console.log('none'))`
  const program = `const http = require('http'); for (const port of process.argv.slice(1)) ${ask}`
  writeFileSync(at('ask.cjs'), program)
  const script = `${process.execPath} -e "$(cat ${at('ask.cjs')})" ${ports.join(' ')} > ${at('answers')}`
  await cloud.created('knocks', running(script), 'DEPLOYMENT_COMPLETE')
  expect(linesAt('answers').toSorted()).toEqual(['401', ...Array(ports.length - 1).fill('403')])
})

test('it finds nothing of an earlier run', async () => {
  const secret = 'variable "s" {\n  default = "an earlier secret"\n}\noutput "s" {\n  value = var.s\n}\n'
  await cloud.created('earlier', secret, 'DEPLOYMENT_COMPLETE')
  await cloud.created('looks', running(`ls "$HOME/../.." > ${at('listed')}; pwd > ${at('own')}`), 'DEPLOYMENT_COMPLETE')
  expect(linesAt('listed')).toEqual([linesAt('own')[0]!.split('/').at(-2)])
})

/**
 * The engine itself takes a second of processor time for each, so that the usual flood is a small one; what the service does
 * with 200 MB is a test of `shared/engine`. Once the events of a run are full nothing more is kept: here, with the table in
 * memory as well, 100 MB and 200 MB take the same 500 MB.
 */
const floodMegabytes = Number(process.env.RFS_TEST_FLOOD_MEGABYTES ?? 4)
const grownAtMost = (floodMegabytes <= 4 ? 150 : 700) * 2 ** 20

test('a flood of output ends in bounded events, logs and memory, and the deployment goes well', async () => {
  const script = `head -c ${floodMegabytes}000000 /dev/zero | tr "\\\\0" x | fold -w 20000`
  const { grownBy } = await memoryWhile(async () => {
    cloud.must(await cloud.create('flood', { template_body: running(script) }))
    expect((await cloud.settled('flood', 590_000)).status).toBe('DEPLOYMENT_COMPLETE')
  })
  console.log(`${floodMegabytes} MB of output: the service grew by ${grownBy >> 20} MB at most`)
  expect(grownBy).toBeLessThan(grownAtMost)
  const events = await cloud.events('flood')
  expect(events.length).toBeGreaterThan(floodMegabytes * 40)
  expect(events.length).toBeLessThanOrEqual(5_100)
  expect(Math.max(...events.map(({ event_message = '' }) => event_message.length))).toBeLessThan(20_000)
  // The service's own logs have none of it (what they do have grows with the questions of this test).
  expect(cloud.logs.filter((line) => line.includes('xxxxxxxx'))).toEqual([])
  expect(Math.max(...cloud.logs.map((line) => line.length))).toBeLessThan(10_000)
  // The service is as well as before.
  await cloud.created('after-flood', many(1), 'DEPLOYMENT_COMPLETE')
}, 600_000)

test('what it forks does not outlive the run, sessions of their own included', async () => {
  const nap = `301.${process.pid}`
  const script = `for i in 1 2 3 4 5; do sleep ${nap} >/dev/null 2>&1 & done\nsetsid sh -c 'exec sleep ${nap}' >/dev/null 2>&1 &\nsleep 0.3`
  await cloud.created('forks', running(script), 'DEPLOYMENT_COMPLETE')
  await until(() => processesWith(nap).length === 0)
})

test('every process below the engine has the bounds, and a file beyond them ends the deployment, not the service', async () => {
  const script = `ulimit -H -f > ${at('bounds')}; ulimit -H -t >> ${at('bounds')}; ulimit -H -d >> ${at('bounds')}\nulimit -f 2048; head -c 5000000 /dev/zero > "$TMPDIR/big"`
  const { stack } = await cloud.created('fills', running(script), 'DEPLOYMENT_FAILED')
  expect(linesAt('bounds')).toEqual(['4194304', '1800', '2097152'])
  expect(stack.status_message).toContain('local-exec')
  await cloud.created('after-fill', many(1), 'DEPLOYMENT_COMPLETE')
})

test('it leaves no workspace for the next run, also when it made its folders unwritable', async () => {
  const script = `pwd > ${at('where')}; echo poison > "$HOME/poison"; chmod 500 "$HOME"`
  await cloud.created('leaves', running(script), 'DEPLOYMENT_COMPLETE')
  expect(existsSync(join(linesAt('where')[0]!, '..'))).toBe(false)
})

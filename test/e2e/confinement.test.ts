/**
 * A hostile template, in the profile that lets it run programs, on the local runtime. What one machine cannot show (an
 * empty role, a sandbox of its own for every run) is shown by the assertions on the template of the infrastructure.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { many } from '../support/templates.ts'

let cloud: TestCloud
let folder: string

beforeAll(async () => {
  cloud = await startTestCloud()
  folder = mkdtempSync(join(tmpdir(), 'rfs-test-'))
})
afterAll(async () => {
  await cloud?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** A template that runs a shell script. */
const running = (script: string) => `
resource "terraform_data" "hostile" {
  provisioner "local-exec" {
    command = <<-SCRIPT
      ${script.split('\n').join('\n      ')}
    SCRIPT
  }
}
`
const at = (name: string) => join(folder, name)

async function isGone(processId: number): Promise<boolean> {
  for (let count = 0; count < 80; count += 1) {
    const status = existsSync(`/proc/${processId}/stat`) ? readFileSync(`/proc/${processId}/stat`, 'utf8') : ') Z '
    if (/\) Z /.test(status)) return true
    await sleep(25)
  }
  return false
}

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

test('it finds nothing of an earlier run in the temporary folder', async () => {
  const workspaces = () => readdirSync(tmpdir()).filter((name) => name.startsWith('rfs-run-'))
  const before = new Set(workspaces())
  const secret = 'variable "s" {\n  default = "an earlier secret"\n}\noutput "s" {\n  value = var.s\n}\n'
  await cloud.created('earlier', secret, 'DEPLOYMENT_COMPLETE')
  // Others on this machine may use the same folder: only what has come since counts.
  await cloud.created('looks', running(`ls "$HOME/../.." > ${at('listed')}; pwd > ${at('own')}`), 'DEPLOYMENT_COMPLETE')
  const own = readFileSync(at('own'), 'utf8').trim().split('/').at(-2)
  const listed = readFileSync(at('listed'), 'utf8').trim().split('\n')
  expect(listed.filter((name) => name.startsWith('rfs-run-') && !before.has(name))).toEqual([own])
})

test('a flood of output ends in bounded events and logs, and the deployment goes well', async () => {
  await cloud.created(
    'flood',
    running('head -c 10000000 /dev/zero | tr "\\\\0" x | fold -w 20000'),
    'DEPLOYMENT_COMPLETE',
  )
  const events = await cloud.events('flood')
  expect(events.length).toBeLessThanOrEqual(5_100)
  expect(Math.max(...events.map(({ event_message = '' }) => event_message.length))).toBeLessThan(20_000)
  // The service's own logs have none of it (what they do have grows with the questions of this test).
  expect(cloud.logs.filter((line) => line.includes('xxxxxxxx'))).toEqual([])
  expect(Math.max(...cloud.logs.map((line) => line.length))).toBeLessThan(10_000)
  // The service is as well as before.
  await cloud.created('after-flood', many(1), 'DEPLOYMENT_COMPLETE')
}, 120_000)

test('what it forks does not outlive the run, sessions of their own included', async () => {
  const script = `for i in 1 2 3 4 5 6 7 8 9 10; do sleep 300 >/dev/null 2>&1 & echo $! >> ${at('pids')}; done\nsetsid sh -c 'echo $$ >> ${at('pids')}; exec sleep 300' >/dev/null 2>&1 &\nsleep 0.3`
  await cloud.created('forks', running(script), 'DEPLOYMENT_COMPLETE')
  const ids = readFileSync(at('pids'), 'utf8').trim().split('\n').map(Number)
  expect(ids).toHaveLength(11)
  for (const id of ids) expect(await isGone(id), String(id)).toBe(true)
})

test('every process below the engine has the bounds, and a file beyond them ends the deployment, not the service', async () => {
  const script = `ulimit -H -f > ${at('bounds')}; ulimit -H -t >> ${at('bounds')}; ulimit -H -d >> ${at('bounds')}\nulimit -f 2048; head -c 5000000 /dev/zero > "$TMPDIR/big"`
  const { stack } = await cloud.created('fills', running(script), 'DEPLOYMENT_FAILED')
  expect(readFileSync(at('bounds'), 'utf8').trim().split('\n')).toEqual(['4194304', '1800', '2097152'])
  expect(stack.status_message).toContain('local-exec')
  await cloud.created('after-fill', many(1), 'DEPLOYMENT_COMPLETE')
})

test('it leaves no workspace for the next run, also when it made its folders unwritable', async () => {
  const script = `pwd > ${at('where')}; echo poison > "$HOME/poison"; chmod 500 "$HOME"`
  await cloud.created('leaves', running(script), 'DEPLOYMENT_COMPLETE')
  expect(existsSync(join(readFileSync(at('where'), 'utf8').trim(), '..'))).toBe(false)
})

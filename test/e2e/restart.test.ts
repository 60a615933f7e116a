import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { signWith } from '../../shared/auth/sign.ts'
import { createClient } from '../../shared/contract/client.ts'
import { testKey } from '../support/cloud.ts'
import { unconfined } from '../support/confinement.ts'
import { stackActions } from '../support/stack-actions.ts'
import { many, running as runningScript, slowChain } from '../support/templates.ts'

const root = resolve(import.meta.dirname, '../..')
let folder: string
let running: ChildProcess | undefined

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rfs-restart-'))
})
afterEach(() => running?.kill('SIGKILL'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** `npm start` as a program of its own, ready to be killed. */
async function startService(data: string) {
  const key = `${testKey.accessKey}:${testKey.secretKey}:${testKey.project}`
  const child = spawn(process.execPath, ['infra/local/cli.ts', '--data', data, '--profile', 'open', '--key', key], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running = child
  const endpointFile = join(data, 'endpoint.json')
  const read = async () => JSON.parse(await readFile(endpointFile, 'utf8').catch(() => '{}'))
  let endpoint: { baseUrl: string; pid?: number } = { baseUrl: '' }
  // A service that was killed leaves its file behind; the next one replaces it.
  while (endpoint.pid !== child.pid) {
    expect(child.exitCode).toBeNull()
    await sleep(50)
    endpoint = await read()
  }
  const end = async (signal: NodeJS.Signals) => {
    const exited = new Promise<number | null>((done) => child.once('exit', (code) => done(code)))
    child.kill(signal)
    return exited
  }
  return { ...stackActions(createClient(endpoint.baseUrl, { sign: signWith(testKey) })), end, endpointFile }
}

test.each<[string, NodeJS.Signals, number | null]>([
  ['is stopped', 'SIGTERM', 0],
  ['is killed', 'SIGKILL', null],
])(
  'a service that %s in the middle of a deployment goes on with it at the next start',
  async (_, signal, code) => {
    const data = join(folder, signal)
    const journal = join(folder, randomUUID())
    const first = await startService(data)
    const look = runningScript(`ls -A ${data} > ${journal}.looked`)
    await first.created('finished', many(1) + look, 'DEPLOYMENT_COMPLETE')
    // The credentials and the stores.
    if (unconfined === undefined) expect(readFileSync(`${journal}.looked`, 'utf8')).toBe('')
    first.must(await first.create('unfinished', { template_body: slowChain(6, 1, journal) }))
    while (!existsSync(journal)) await sleep(50)

    expect(await first.end(signal)).toBe(code)
    if (signal === 'SIGTERM') expect(existsSync(first.endpointFile)).toBe(false)

    const second = await startService(data)
    expect(await second.resources('finished')).toHaveLength(2)
    const stack = await second.settled('unfinished', 60_000)
    expect(stack.status, stack.status_message).toBe('DEPLOYMENT_COMPLETE')
    expect((await second.resources('unfinished')).map((each) => each.logical_resource_name).sort()).toEqual(
      Array.from({ length: 6 }, (_each, at) => `step_${at}`),
    )
    const made = readFileSync(journal, 'utf8').trim().split('\n')
    // What was being made at the end of the first service may be made again, what it had finished may not.
    expect(new Set(made).size).toBe(6)
    expect(made.length).toBeLessThanOrEqual(7)
    expect(await second.end('SIGTERM')).toBe(0)
  },
  120_000,
)

/** What `npm start` gives to whoever tries the service, and what an operator does with keys while it runs. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signWith } from '../../shared/auth/sign.ts'
import { createClient } from '../../shared/contract/client.ts'
import { ListStacks } from '../../shared/contract/stack-reads.ts'
import { CreateStack } from '../../shared/contract/stacks.ts'
import { signIndependently } from '../support/independent-signer.ts'

const root = resolve(import.meta.dirname, '../..')
let folder: string
let running: ChildProcess | undefined
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rfs-first-key-'))
})
afterAll(() => {
  running?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

async function startService() {
  const child = spawn(
    process.execPath,
    ['infra/local/cli.ts', '--data', folder, '--key', 'AKGIVEN:with:colons:given-project'],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  running = child
  let printed = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    printed += chunk
    if (printed.includes('Ctrl-C')) break
  }
  const stop = async () => {
    const exited = new Promise<number | null>((done) => child.once('exit', done))
    child.kill('SIGTERM')
    return exited
  }
  return { printed, stop, endpoint: JSON.parse(await readFile(join(folder, 'endpoint.json'), 'utf8')) }
}

const access = async (...args: string[]) =>
  (await promisify(execFile)(process.execPath, ['infra/access.ts', ...args, '--data', folder], { cwd: root })).stdout

const list = (baseUrl: string, project: string, key: { accessKey: string; secretKey: string }) =>
  createClient(baseUrl, { sign: signWith(key) }).call(ListStacks, { path: { project_id: project } })

test('the service starts with a key and a token of its own, keeps them, and takes more', async () => {
  const first = await startService()
  const { baseUrl, projectId, accessKey, secretKey, token } = first.endpoint

  expect(first.printed).toMatch(/^ {2}engines {3}(confined: |not confined \(.+\): a template can read)/m)
  // What programs of the same user can look up about a process that is not hidden from them.
  const environment = await readFile(`/proc/${first.endpoint.pid}/environ`, 'utf8').catch(() => '')
  const { secretsKey } = JSON.parse(await readFile(join(folder, 'credentials.json'), 'utf8'))
  expect([secretKey, token, secretsKey].filter((secret) => environment.includes(secret))).toEqual([])

  // The printed line, without its shell.
  const [, url = '', header = ''] = /curl -s (\S+) .*-H "(X-Auth-Token: [^"]+)"/.exec(first.printed) ?? []
  const id = { 'Client-Request-Id': randomUUID() }
  expect((await fetch(url, { headers: id })).status).toBe(401)
  const [name = '', value = ''] = header.split(': ')
  expect((await fetch(url, { headers: { ...id, [name]: value } })).status).toBe(200)
  expect(value).toBe(token)

  expect((await list(baseUrl, projectId, { accessKey, secretKey })).status).toBe(200)
  const path = `/v1/${projectId}/stacks`
  const headers = signIndependently({ method: 'GET', path, headers: id }, accessKey, secretKey, new Date())
  expect((await fetch(`${baseUrl}${path}`, { headers })).status).toBe(200)
  expect((await list(baseUrl, 'given-project', { accessKey: 'AKGIVEN', secretKey: 'with:colons' })).status).toBe(200)
  expect((await list(baseUrl, 'given-project', { accessKey, secretKey })).status).toBe(403)

  const reader = JSON.parse(await access('create', '--project', projectId, '--role', 'read', '--json'))
  expect((await list(baseUrl, projectId, reader)).status).toBe(200)
  const create = { path: { project_id: projectId }, body: { stack_name: 'no' } }
  const refused = await createClient(baseUrl, { sign: signWith(reader) }).call(CreateStack, create)
  expect(refused).toMatchObject({ status: 403, error: { error_code: 'RF.10012507' } })
  await access('revoke', accessKey)
  expect(await first.stop()).toBe(0)

  const second = await startService()
  expect(second.endpoint).toMatchObject({ projectId, accessKey, secretKey, token })
  // Its functions remember nothing of the first start's; the key's seed is in the data folder, and does not revive it.
  expect((await list(second.endpoint.baseUrl, projectId, { accessKey, secretKey })).status).toBe(401)
  expect((await list(second.endpoint.baseUrl, projectId, reader)).status).toBe(200)
  expect(await second.stop()).toBe(0)
}, 120_000)

import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDataFolder } from '../../../infra/local/data-folder.ts'

let path: string
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'rfs-data-folder-'))
})
afterEach(() => rm(path, { recursive: true }))

test('the project id is made once', async () => {
  const first = await openDataFolder(path)
  expect(first.projectId).toMatch(/^[0-9a-f]{32}$/)
  first.release()
  const second = await openDataFolder(path)
  expect(second.projectId).toBe(first.projectId)
})

test('a folder in use is refused, a released one is not', async () => {
  const first = await openDataFolder(path)
  await expect(openDataFolder(path)).rejects.toThrow(`in use by the running instance with process id ${process.pid}`)
  first.release()
  await expect(openDataFolder(path)).resolves.toBeDefined()
})

test.each([
  ['of a process that ended', JSON.stringify({ pid: 2 ** 22 + 1, startedAt: '1' })],
  ['of an earlier process with the same id', JSON.stringify({ pid: process.pid, startedAt: '1' })],
  ['that is broken', '{"pid"'],
])('a lock %s does not matter', async (_name, lock) => {
  await writeFile(join(path, 'lock'), lock)
  await expect(openDataFolder(path)).resolves.toBeDefined()
})

test('the endpoint file is there while the service is up, and nothing half-written is left', async () => {
  const folder = await openDataFolder(path)
  const { accessKey, secretKey, token } = folder.credentials
  const endpoint = {
    baseUrl: 'http://127.0.0.1:1',
    projectId: folder.projectId,
    region: 'us-east-1',
    pid: 1,
    accessKey,
    secretKey,
    token,
    table: { endpoint: 'http://127.0.0.1:2', name: 'Table', accessKeyId: 'id' },
  }
  await folder.writeEndpoint(endpoint)
  expect(JSON.parse(await readFile(join(path, 'endpoint.json'), 'utf8'))).toEqual(endpoint)
  expect((await readdir(path)).sort()).toEqual(['credentials.json', 'endpoint.json', 'lock', 'project-id'])
  folder.release()
  expect((await readdir(path)).sort()).toEqual(['credentials.json', 'project-id'])
})

test('the credentials are made once, and only their owner may read them', async () => {
  const first = await openDataFolder(path)
  const { accessKey, secretKey, token, secretsKey } = first.credentials
  expect(accessKey).toMatch(/^RF[A-Z2-7]{18}$/)
  expect(secretKey).toMatch(/^[\w-]{40}$/)
  expect(token).toMatch(/^[\w-]{40}$/)
  expect(Buffer.from(secretsKey, 'base64')).toHaveLength(32)
  const table = { endpoint: 'http://127.0.0.1:2', name: 'Table', accessKeyId: 'id' }
  await first.writeEndpoint({ ...first.credentials, baseUrl: '', projectId: '', region: '', pid: 1, table })
  for (const file of ['credentials.json', 'endpoint.json']) {
    expect((await stat(join(path, file))).mode & 0o777).toBe(0o600)
  }
  first.release()
  expect((await openDataFolder(path)).credentials).toEqual(first.credentials)
})

test('broken credentials stop the start: with others no stored secret could be read', async () => {
  await writeFile(join(path, 'credentials.json'), '{"accessKey"')
  await expect(openDataFolder(path)).rejects.toThrow()
})

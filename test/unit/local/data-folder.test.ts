import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
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
  const endpoint = { baseUrl: 'http://127.0.0.1:1', projectId: folder.projectId, region: 'us-east-1', pid: 1 }
  await folder.writeEndpoint(endpoint)
  expect(JSON.parse(await readFile(join(path, 'endpoint.json'), 'utf8'))).toEqual(endpoint)
  expect((await readdir(path)).sort()).toEqual(['endpoint.json', 'lock', 'project-id'])
  folder.release()
  expect(await readdir(path)).toEqual(['project-id'])
})

/** What a poll for a server's metadata costs: the calls of the table that the real function makes for it. */

import { randomUUID } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest } from 'node:http'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { GetServerMetadata } from '../../../shared/contract/software-deployments.ts'
import { newConfig } from '../../../shared/software/config.ts'
import { openConfigStore } from '../../../shared/software/config-store.ts'
import { deploy } from '../../../shared/software/deploy.ts'
import { newDeployment } from '../../../shared/software/deployment.ts'
import { openDeploymentStore } from '../../../shared/software/deployment-store.ts'
import { openLargeValues } from '../../../shared/software/large-values.ts'
import { openDeploymentQuota } from '../../../shared/software/quota.ts'
import { openReferences } from '../../../shared/software/references.ts'
import { openServerTags } from '../../../shared/software/server-tag.ts'
import { captureLog } from '../../support/captured-log.ts'
import { memoryBlobs } from '../../support/fake-services.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'
import { proxyEvent } from '../../support/proxy-event.ts'

captureLog()
const project = randomUUID().replaceAll('-', '')
const token = 'a-token-of-nobody'
const environment = {
  BUCKET_NAME: 'no-bucket',
  MAX_REQUEST_BYTES: '1000',
  COMMANDS_PER_MINUTE: '1',
  TOKEN_ISSUER: '',
  TOKEN_AUDIENCE: '',
  TOKEN_JWKS_URL: '',
  TOKEN_CLAIMS: '',
  TOKEN_ROLES: '',
  RFS_DEVELOPMENT_TOKEN: `${project}:${token}`,
}

let memory: MemoryTable
beforeAll(async () => {
  memory = await startMemoryTable()
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
})
afterAll(() => memory.stop())

async function deployTo(serverId: string): Promise<void> {
  const { table } = memory
  const now = new Date()
  const { record: config } = newConfig(project, { config: 'echo' }, now)
  await openConfigStore(table).create(config)
  const identity = {
    id: randomUUID(),
    project,
    userProject: null,
    serverId,
    configId: config.id,
    reference: randomUUID(),
  }
  const dependencies = {
    deployments: openDeploymentStore(table),
    references: openReferences(table),
    serverTags: openServerTags(table),
    largeValues: openLargeValues(table, memoryBlobs()),
    quota: openDeploymentQuota(table),
  }
  await deploy(dependencies, newDeployment(identity, {}, now), now)
}

/** Polls, and says which calls of the table that took. */
async function poll(etag?: string) {
  const { handler } = await import('../../../functions/software-deployments/get-server-metadata.ts')
  const calls: string[] = []
  const note = (message: unknown) => {
    const target = (message as { request: ClientRequest }).request.getHeader('x-amz-target')
    calls.push(String(target).replace('DynamoDB_20120810.', ''))
  }
  subscribe('http.client.request.start', note)
  const headers = { 'X-Auth-Token': token, ...(etag === undefined ? {} : { 'If-None-Match': etag }) }
  const path = { project_id: project, server_id: 'web' }
  const answer = await handler(proxyEvent(GetServerMetadata, { path, headers }), {})
  unsubscribe('http.client.request.start', note)
  return { status: answer.statusCode, body: answer.body, etag: String(answer.headers?.ETag), calls }
}

test('a poll that hears nothing new reads one item, however many deployments there are', async () => {
  for (const server of ['web', 'web', 'web', 'other']) await deployTo(server)
  const first = await poll()
  expect(first).toMatchObject({ status: 200, calls: ['GetItem', 'Query', 'GetItem', 'GetItem', 'GetItem'] })
  expect(JSON.parse(first.body).metadata).toHaveLength(3)
  expect(await poll(first.etag)).toMatchObject({ status: 304, body: '', etag: first.etag, calls: ['GetItem'] })
  await deployTo('other')
  expect(await poll(first.etag)).toMatchObject({ status: 304, calls: ['GetItem'] })
  await deployTo('web')
  expect(await poll(first.etag)).toMatchObject({ status: 200 })
})

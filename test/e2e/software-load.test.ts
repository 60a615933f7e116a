/** Many at once, much at once, and more than a record holds. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sdkSettings } from '../../infra/local/sdk-settings.ts'
import { openTable } from '../../shared/aws/table.ts'
import { isObjectNote, projectPk } from '../../shared/software/keys.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { newKey, type SoftwareActions, softwareActions } from '../support/software-actions.ts'

/** The first may show its deployments in the project of the second. */
const [tenant, neighbour] = [newKey(), newKey()]
/** One for each test. */
const keys = Array.from({ length: 12 }, () => newKey())

let cloud: TestCloud
let software: SoftwareActions
beforeAll(async () => {
  cloud = await startTestCloud({
    parameters: {
      ThrottlingRatePerSecond: '5000',
      ThrottlingBurst: '5000',
      CommandsPerMinute: '1000000',
      StackUserProjects: `${tenant.project}=${neighbour.project}`,
    },
    accessKeys: [...keys, tenant, neighbour],
    maxThreadsPerFunction: 2,
  })
})
beforeEach(() => {
  software = softwareActions(cloud.baseUrl, keys.pop()!)
})
afterAll(() => cloud?.stop())

/** Runs a task for each of so many numbers, some at a time, in order. */
async function forEachOf<Result>(count: number, concurrency: number, task: (at: number) => Promise<Result>) {
  const results: Result[] = []
  let next = 0
  const worker = async () => {
    for (let at = next++; at < count; at = next++) results[at] = await task(at)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return results
}

describe('writers of one deployment', () => {
  test('four of different fields, 50 times each, all end with their last value', { timeout: 120_000 }, async () => {
    const { id: config_id } = await software.config()
    const { id } = await software.deployment({ config_id, server_id: 's' })
    const writers: ((at: number) => object)[] = [
      (at) => ({ status: `status-${at}` }),
      (at) => ({ status_reason: `reason-${at}` }),
      (at) => ({ output_values: { at } }),
      (at) => ({ input_values: { at: [at] } }),
    ]
    const statuses = await Promise.all(
      writers.map((body) => forEachOf(50, 1, async (at) => (await software.update(id, body(at))).status)),
    )
    expect(new Set(statuses.flat())).toEqual(new Set([200]))
    expect(await software.shown(id)).toMatchObject({
      status: 'status-49',
      status_reason: 'reason-49',
      output_values: { at: 49 },
      input_values: { at: [49] },
      config_id,
      action: null,
    })
  })

  test('of its config and of other fields do not undo each other, and every config is free in the end', async () => {
    const configs = await forEachOf(3, 3, () => software.config())
    const [first] = configs
    const { id } = await software.deployment({ config_id: first!.id, server_id: 's' })
    const repoint = (at: number) => software.update(id, { config_id: configs[at % 3]!.id })
    const [moved, changed] = await Promise.all([
      forEachOf(12, 3, async (at) => (await repoint(at)).status),
      forEachOf(12, 1, async (at) => (await software.update(id, { status: `s-${at}` })).status),
    ])
    expect(changed).toEqual(Array(12).fill(200))
    expect(moved.every((status) => status === 200 || status === 409)).toBe(true)
    const { config_id, status } = await software.shown(id)
    expect(status).toBe('s-11')
    for (const config of configs) {
      expect((await software.deleteConfig(config.id)).status).toBe(config.id === config_id ? 409 : 204)
    }
    expect((await software.deleteDeployment(id)).status).toBe(204)
    expect((await software.deleteConfig(config_id)).status).toBe(204)
  })

  test('several deletions of it at once: one or more 204, the rest 404', async () => {
    const { id: config_id } = await software.config()
    const { id } = await software.deployment({ config_id, server_id: 's' })
    const statuses = await forEachOf(6, 6, async () => (await software.deleteDeployment(id)).status)
    expect(statuses.filter((status) => status === 204).length).toBeGreaterThan(0)
    expect(statuses.every((status) => status === 204 || status === 404)).toBe(true)
    expect((await software.deleteConfig(config_id)).status).toBe(204)
  })
})

test('100 races of deleting a config against deploying it have one winner each, and leave no orphan', async () => {
  const outcomes = await forEachOf(100, 4, async (at) => {
    const config = await software.config({ name: `race-${at}` })
    const deployed = software.createDeployment({ config_id: config.id, server_id: `racer-${at}` })
    const [create, remove] = await Promise.all([deployed, software.deleteConfig(config.id)])
    expect([create.status, remove.status]).toEqual(create.ok ? [200, 409] : [400, 204])
    expect((await software.listed(`racer-${at}`)).length).toBe(create.ok ? 1 : 0)
    expect((await software.metadata(`racer-${at}`)).map(({ name }) => name)).toEqual(create.ok ? [`race-${at}`] : [])
    if (create.ok) expect((await software.deleteDeployment(create.body.software_deployment.id)).status).toBe(204)
    // Whoever won: afterwards the config can be deleted, or is gone. A count that is wrong would keep it for ever.
    expect((await software.deleteConfig(config.id)).status).toBe(create.ok ? 204 : 404)
    return create.ok
  })
  expect(outcomes).toHaveLength(100)
  expect(await software.listed()).toEqual([])
  expect((await software.ask('GET', 'software_configs')).body).toEqual({ software_configs: [] })
}, 120_000)

test('30 races of deleting a config against pointing a deployment to it have one winner each', async () => {
  const base = await software.config({ name: 'base' })
  await forEachOf(30, 4, async (at) => {
    const { id } = await software.deployment({ config_id: base.id, server_id: `mover-${at}` })
    const target = await software.config({ name: 'target' })
    const moved = software.update(id, { config_id: target.id })
    const [move, remove] = await Promise.all([moved, software.deleteConfig(target.id)])
    expect([move.status, remove.status]).toEqual(move.ok ? [200, 409] : [400, 204])
    expect((await software.metadata(`mover-${at}`)).map(({ name }) => name)).toEqual([move.ok ? 'target' : 'base'])
    expect((await software.deleteDeployment(id)).status).toBe(204)
    expect((await software.deleteConfig(target.id)).status).toBe(move.ok ? 204 : 404)
  })
  expect((await software.deleteConfig(base.id)).status).toBe(204)
}, 120_000)

describe('a server', () => {
  test('with 1,000 deployments has them all, in order, in its list and its metadata', {
    timeout: 180_000,
  }, async () => {
    const names = ['b', 'a', 'Z']
    const configs = await forEachOf(3, 3, (at) => software.config({ name: names[at], config: 'x'.repeat(2000) }))
    const made = await forEachOf(1000, 8, async (at) => {
      const body = { config_id: configs[at % 3]!.id, server_id: 'big', input_values: { at, text: 'y'.repeat(2000) } }
      return (await software.deployment(body)).id
    })
    const other = await software.deployment({ config_id: configs[0]!.id, server_id: 'bigger' })
    const listed = await software.listed('big')
    expect(listed.map(({ id }) => id).sort()).toEqual([...made].sort())
    const times = listed.map(({ creation_time }) => creation_time)
    expect(times).toEqual([...times].sort())
    expect((await software.listed()).length).toBe(1001)
    const ofServer = await software.metadata('big')
    expect(ofServer.map(({ name }) => name)).toEqual([
      ...Array(333).fill('Z'),
      ...Array(333).fill('a'),
      ...Array(334).fill('b'),
    ])
    expect((await software.listed('bigger')).map(({ id }) => id)).toEqual([other.id])
  })

  test('is answered 304 until something changes for it, by whatever way', async () => {
    const [one, two] = await forEachOf(2, 2, (at) => software.config({ name: `c${at}` }))
    let { etag } = await software.poll('web')
    const unchanged = async () => expect(await software.poll('web', etag)).toEqual({ status: 304, etag, text: '' })
    const changed = async (count: number) => {
      const answer = await software.poll('web', etag)
      expect(answer.status).toBe(200)
      expect(JSON.parse(answer.text).metadata).toHaveLength(count)
      etag = answer.etag
      await unchanged()
    }
    await unchanged()
    const { id } = await software.deployment({ config_id: one!.id, server_id: 'web' })
    await changed(1)
    await software.update(id, { status: 'COMPLETE', output_values: { a: 1 } })
    await software.deployment({ config_id: one!.id, server_id: 'web-2' })
    await unchanged()
    await software.update(id, { config_id: two!.id })
    await changed(1)
    await software.deleteDeployment(id)
    await changed(0)
    expect((await software.poll('web', `W/"x", ${etag}`)).status).toBe(304)
  })
})

/** The objects of a project in the bucket. */
async function objectsOf(project: string): Promise<string[]> {
  const { endpoints, resources } = cloud.cloud
  const client = new S3Client({ ...sdkSettings(endpoints.s3), forcePathStyle: true })
  const Bucket = Object.entries(resources).find(([id]) => id.startsWith('StorageBucket'))?.[1]
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: `projects/${project}/` }))
  return Contents.map(({ Key = '' }) => Key)
}

/** What happens when the minute is over in which nobody touches the objects that are in question. */
async function sweepObjects(project: string): Promise<void> {
  const table = openTable(cloud.cloud.tableNames[0], new DynamoDBClient(sdkSettings(cloud.cloud.endpoints.dynamodb)))
  const { items } = await table.query({ condition: { text: 'pk = :pk', values: { ':pk': projectPk(project) } } })
  for (const { pk, sk } of items) {
    const key = { pk: String(pk), sk: String(sk) }
    if (isObjectNote(key)) await table.update(key, { text: 'SET jobDueAt = :past', values: { ':past': '2026' } })
  }
  await cloud.cloud.fireSchedules()
}

describe('values of up to a megabyte', () => {
  const big = (letter: string) => letter.repeat(300_000)

  test('come back as they were sent, and are replaced and deleted with what they belong to', async () => {
    const options = { text: big('o'), list: [1, 'ü', null] }
    const config = await software.config({ config: big('c'), inputs: [{ name: 'i', value: big('i') }], options })
    const created = await software.deployment({ config_id: config.id, server_id: 's', input_values: { a: big('a') } })
    await software.update(created.id, { output_values: { b: big('b') } })
    const changed = await software.update(created.id, { output_values: { c: big('c') } })
    expect(changed.status).toBe(200)
    expect(await software.shown(created.id)).toMatchObject({
      input_values: { a: big('a') },
      output_values: { c: big('c') },
    })
    expect(await software.metadata('s')).toEqual([config])
    await sweepObjects(software.project)
    expect(await objectsOf(software.project)).toHaveLength(5)
    expect(await software.shown(created.id)).toMatchObject({ output_values: { c: big('c') } })
    expect((await software.deleteDeployment(created.id)).status).toBe(204)
    expect((await software.deleteConfig(config.id)).status).toBe(204)
    await sweepObjects(software.project)
    expect(await objectsOf(software.project)).toEqual([])
  })

  test('in a list that no answer can hold are refused with the reason', { timeout: 120_000 }, async () => {
    const { id: config_id } = await software.config()
    await forEachOf(8, 4, () =>
      software.deployment({ config_id, server_id: 's', input_values: { a: 'a'.repeat(900_000) } }),
    )
    expect(await software.ask('GET', 'software_deployments')).toMatchObject({
      status: 400,
      body: { error: { type: 'RequestLimitExceeded', message: expect.stringContaining('Ask for one server') } },
    })
    expect(await software.listed('other')).toEqual([])
    const { id: large } = await software.config({ config: big('c').repeat(3) })
    await forEachOf(7, 4, () => software.deployment({ config_id: large, server_id: 'full' }))
    expect(await software.ask('GET', 'software_deployments/metadata/full')).toMatchObject({
      status: 400,
      body: { error: { type: 'RequestLimitExceeded', message: expect.stringContaining('Delete deployments') } },
    })
  })
})

describe('a deployment in a second project', () => {
  const both = () => [softwareActions(cloud.baseUrl, tenant), softwareActions(cloud.baseUrl, neighbour)] as const
  const deployIn = async (from: SoftwareActions, stack_user_project_id: string, server_id: string) => {
    const { id: config_id } = await from.config({ name: 'planted', config: 'whoami' })
    const given = { config_id, server_id, stack_user_project_id }
    return [await from.createDeployment(given), await from.deploySoftware(given)]
  }

  test('shows there where the operator allows it, and its config is run there', async () => {
    const [one, other] = both()
    const made = await deployIn(one, other.project, 'shared')
    expect(made.map(({ status }) => status)).toEqual([200, 200])
    expect((await other.listed('shared')).map(({ id }) => id)).toEqual((await one.listed('shared')).map(({ id }) => id))
    expect((await other.metadata('shared')).map(({ name }) => name)).toEqual(['planted', 'planted'])
  })

  test('is refused where it would be run on the servers of others, and shows nowhere', async () => {
    const [one, other] = both()
    const message = 'The project in stack_user_project_id is not one of yours.'
    for (const project of [one.project, 'nobodys-project']) {
      for (const answer of await deployIn(other, project, 'victim')) {
        expect(answer).toMatchObject({ status: 403, error: { error: { type: 'HTTPForbidden', message } } })
      }
    }
    for (const project of [one, other]) {
      expect(await project.listed('victim')).toEqual([])
      expect(await project.metadata('victim')).toEqual([])
    }
  })
})

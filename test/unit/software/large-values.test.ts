/** Values in the bucket, and functions that die between writing there and writing the record: nothing is left behind or missing. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Blobs } from '../../../shared/aws/blobs.ts'
import type { Table } from '../../../shared/aws/table.ts'
import { openDueJobs } from '../../../shared/job/due-jobs.ts'
import { changeDeployment } from '../../../shared/software/change-deployment.ts'
import { newConfig } from '../../../shared/software/config.ts'
import type { ConfigRecord } from '../../../shared/software/config-record.ts'
import { openConfigStore } from '../../../shared/software/config-store.ts'
import { deploy, undeploy } from '../../../shared/software/deploy.ts'
import { changesOf, type GivenDeployment, newDeployment } from '../../../shared/software/deployment.ts'
import type { DeploymentRecord } from '../../../shared/software/deployment-record.ts'
import { openDeploymentStore } from '../../../shared/software/deployment-store.ts'
import { deleteConfig, keepConfig } from '../../../shared/software/keep-config.ts'
import { configAtKey, isObjectNote, projectPk } from '../../../shared/software/keys.ts'
import { openLargeValues } from '../../../shared/software/large-values.ts'
import { openConfigQuota, openDeploymentQuota } from '../../../shared/software/quota.ts'
import { receiveSignal } from '../../../shared/software/receive-signal.ts'
import { openReferences } from '../../../shared/software/references.ts'
import { openServerTags } from '../../../shared/software/server-tag.ts'
import { newSignalSecret } from '../../../shared/software/signal.ts'
import { openConfigSweep } from '../../../shared/software/sweep-config.ts'
import { dies, dyingAfter, eachDeath } from '../../support/dying.ts'
import { memoryBlobs } from '../../support/fake-services.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'

let memory: MemoryTable
beforeAll(async () => {
  memory = await startMemoryTable()
})
afterAll(() => memory.stop())

const start = new Date('2026-03-01T10:00:00.000Z')
const later = (seconds: number) => new Date(start.getTime() + seconds * 1000)
const clock = { now: () => start }
const large = (letter: string) => letter.repeat(20_000)

/** What the service does, on stores that may die. */
function serviceOn(table: Table, blobs: Blobs, project: string) {
  const dependencies = {
    configs: openConfigStore(table),
    deployments: openDeploymentStore(table),
    references: openReferences(table),
    serverTags: openServerTags(table),
    largeValues: openLargeValues(table, blobs),
    configQuota: openConfigQuota(table),
    quota: openDeploymentQuota(table),
    blobs,
    clock,
  }
  return {
    createConfig: async (config: unknown) => {
      const made = newConfig(project, { config, outputs: [{ name: 'out' }] }, start)
      await keepConfig(dependencies, made, start)
      return made.record
    },
    deleteConfig: (record: ConfigRecord) => deleteConfig(dependencies, record, start),
    deploy: async (configId: string, given: GivenDeployment, signalHash?: string) => {
      const identity = {
        id: randomUUID(),
        project,
        userProject: null,
        serverId: 'web',
        configId,
        reference: randomUUID(),
      }
      const { record, objects } = newDeployment(identity, given, start)
      const deployment = signalHash ? { ...record, signalHash } : record
      await deploy(dependencies, { record: deployment, objects }, start)
      return deployment
    },
    change: ({ id }: DeploymentRecord, given: GivenDeployment, configId?: string) => {
      const { changes, objects } = changesOf({ project, id }, given)
      const all = configId === undefined ? changes : { ...changes, configId }
      return changeDeployment(dependencies, { project, id }, { changes: all, objects }, start)
    },
    undeploy: ({ id }: DeploymentRecord) => undeploy(dependencies, { project, id }, start),
    signal: ({ id }: DeploymentRecord, secret: string, body: Record<string, unknown>) =>
      receiveSignal(dependencies, { project, id, secret }, body),
  }
}

function scene() {
  const project = randomUUID().replaceAll('-', '')
  const { table } = memory
  const bucket = memoryBlobs()
  const dueKeys = async (now: Date) => {
    const keys = await openDueJobs(table).list(now, 1000)
    return keys.filter(({ pk }) => pk === projectPk(project))
  }
  return {
    bucket,
    alive: serviceOn(table, bucket, project),
    mortal: (writes: number) => {
      const dying = dyingAfter(writes, table, bucket)
      return serviceOn(dying.table, dying.blobs, project)
    },
    /** What the service does each minute. */
    sweep: async (now: Date) => {
      for (const key of await dueKeys(now)) {
        if (isObjectNote(key)) await openLargeValues(table, bucket).settle(key)
        const config = configAtKey(key)
        if (config) await openConfigSweep({ now: () => now }, table).sweep(config)
      }
    },
    /** The bucket holds what records point to and nothing else, and nothing is left to be done. */
    expectClean: async () => {
      expect(await dueKeys(later(10_000))).toEqual([])
      const { items } = await table.query({ condition: { text: 'pk = :pk', values: { ':pk': projectPk(project) } } })
      const values = items.flatMap((item) => Object.values(item) as ({ blob?: string } | null)[])
      const pointed = values.flatMap((value) => value?.blob ?? [])
      expect([...bucket.content.keys()].sort()).toEqual(pointed.sort())
      return pointed.length
    },
  }
}

type Scene = ReturnType<typeof scene>

/** Dies after each of the writes of a change, in a scene of its own, and looks at what the sweeper makes of it. */
async function outlives(
  given: (scene: Scene) => Promise<(service: Scene['alive']) => Promise<unknown>>,
): Promise<readonly [fewest: number, most: number]> {
  const counts: number[] = []
  await eachDeath(async (writes) => {
    const here = scene()
    const change = await given(here)
    const died = await dies(change(here.mortal(writes)))
    await here.sweep(later(61))
    counts.push(await here.expectClean())
    return died
  })
  return [Math.min(...counts), Math.max(...counts)]
}

describe('of a function that dies, nothing is left in the bucket that no record points to, while it', () => {
  test('creates a config', async () => {
    expect(await outlives(async () => (service) => service.createConfig(large('c')))).toEqual([0, 1])
  })

  test('deletes a config', async () => {
    const counts = await outlives(async ({ alive }) => {
      const config = await alive.createConfig(large('c'))
      return (service) => service.deleteConfig(config)
    })
    expect(counts).toEqual([0, 1])
  })

  test('creates a deployment', async () => {
    const counts = await outlives(async ({ alive }) => {
      const { id } = await alive.createConfig('small')
      return (service) => service.deploy(id, { input_values: large('i') })
    })
    expect(counts).toEqual([0, 1])
  })

  test.each<[string, GivenDeployment, GivenDeployment]>([
    [
      'large values by large ones',
      { output_values: large('a') },
      { output_values: large('b'), input_values: large('c') },
    ],
    ['large values by small ones', { output_values: large('a') }, { output_values: 'b' }],
    ['small values by large ones', { output_values: 'a' }, { output_values: large('b') }],
  ])('replaces %s', async (_, before, after) => {
    const [fewest] = await outlives(async ({ alive }) => {
      const { id } = await alive.createConfig('small')
      const deployment = await alive.deploy(id, {})
      await alive.change(deployment, before)
      return (service) => service.change(deployment, after)
    })
    expect(fewest).toBeLessThan(2)
  })

  test('points a deployment to another config', async () => {
    const counts = await outlives(async ({ alive }) => {
      const [one, two] = [await alive.createConfig('one'), await alive.createConfig('two')]
      const deployment = await alive.deploy(one.id, { input_values: large('a') })
      return (service) => service.change(deployment, { input_values: large('b') }, two.id)
    })
    expect(counts).toEqual([1, 1])
  })

  test('takes a signal', async () => {
    const counts = await outlives(async ({ alive }) => {
      const { secret, hash } = newSignalSecret()
      const { id } = await alive.createConfig('small')
      const deployment = await alive.deploy(id, { status: 'IN_PROGRESS' }, hash)
      await alive.change(deployment, { output_values: { earlier: large('a') } })
      return (service) => service.signal(deployment, secret, { out: large('b') })
    })
    expect(counts).toEqual([1, 1])
  })

  test('deletes a deployment', async () => {
    const counts = await outlives(async ({ alive }) => {
      const { id } = await alive.createConfig('small')
      const deployment = await alive.deploy(id, { input_values: large('i') })
      await alive.change(deployment, { output_values: large('o') })
      return (service) => service.undeploy(deployment)
    })
    expect(counts).toEqual([0, 2])
  })
})

test('what is refused leaves nothing behind', async () => {
  const { alive, sweep, expectClean, bucket } = scene()
  const nowhere = alive.deploy(randomUUID(), { input_values: large('i') })
  await expect(nowhere).rejects.toMatchObject({ errorName: 'Invalid' })
  const { id } = await alive.createConfig('small')
  const deployment = await alive.deploy(id, {})
  const elsewhere = alive.change(deployment, { output_values: large('o') }, randomUUID())
  await expect(elsewhere).rejects.toMatchObject({ errorName: 'Invalid' })
  await sweep(later(61))
  expect(await expectClean()).toBe(0)
  expect(bucket.content.size).toBe(0)
})

test('who has read a record just before it changes still finds its values, for a minute', async () => {
  const { alive, sweep, bucket } = scene()
  const { id } = await alive.createConfig('small')
  const { inputValues, ...deployment } = await alive.deploy(id, { input_values: large('a') })
  await alive.change({ ...deployment, inputValues }, { input_values: large('b') })
  await sweep(later(59))
  expect(await bucket.get(inputValues.blob ?? '')).toBe(JSON.stringify(large('a')))
  await sweep(later(61))
  expect(await bucket.get(inputValues.blob ?? '')).toBeUndefined()
})

test('writers of large and small values at the same time lose none of them', async () => {
  const { alive, sweep, expectClean, bucket } = scene()
  const { id } = await alive.createConfig('small')
  const deployment = await alive.deploy(id, {})
  const writer = async (value: (round: number) => GivenDeployment) => {
    for (let round = 0; round < 6; round += 1) await alive.change(deployment, value(round))
  }
  await Promise.all([
    writer((round) => ({ output_values: round % 2 === 0 ? `o${round}` : large(`${round}`) })),
    writer((round) => ({ input_values: round % 2 === 0 ? large(`${round}`) : { last: round } })),
    writer((round) => ({ output_values: large('z'), status: `s${round}` })),
  ])
  await sweep(later(61))
  await expectClean()
  const { after } = await alive.change(deployment, { action: 'LOOK' })
  expect(after).toMatchObject({ inputValues: { json: '{"last":5}' }, status: 's5' })
  const { json, blob } = after.outputValues ?? {}
  expect([JSON.stringify(large('5')), JSON.stringify(large('z'))]).toContain(json ?? (await bucket.get(blob ?? '')))
})

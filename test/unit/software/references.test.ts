/** Changes of a deployment's config whose function died somewhere in between: the sweeper finds them and ends them. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Table } from '../../../shared/aws/table.ts'
import { openDueJobs } from '../../../shared/job/due-jobs.ts'
import { changeDeployment } from '../../../shared/software/change-deployment.ts'
import type { ConfigRecord } from '../../../shared/software/config-record.ts'
import { openConfigStore } from '../../../shared/software/config-store.ts'
import { type DeployDependencies, deploy, undeploy } from '../../../shared/software/deploy.ts'
import type { DeploymentRecord } from '../../../shared/software/deployment-record.ts'
import { openDeploymentStore } from '../../../shared/software/deployment-store.ts'
import { configAtKey } from '../../../shared/software/keys.ts'
import { openLargeValues } from '../../../shared/software/large-values.ts'
import { mostPerProject, openDeploymentQuota } from '../../../shared/software/quota.ts'
import { openReferences } from '../../../shared/software/references.ts'
import { openServerTags } from '../../../shared/software/server-tag.ts'
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

function dependenciesOn(table: Table, blobs = memoryBlobs()): DeployDependencies {
  return {
    deployments: openDeploymentStore(table),
    references: openReferences(table),
    serverTags: openServerTags(table),
    largeValues: openLargeValues(table, blobs),
    quota: openDeploymentQuota(table),
  }
}

/** One that dies after so many writes. */
function mortal(writes: number): DeployDependencies {
  const { table, blobs } = dyingAfter(writes, memory.table, memoryBlobs())
  return dependenciesOn(table, blobs)
}

/** None of the deployments here has large values. */
const objects = new Map<string, string>()
const deployed = (dependencies: DeployDependencies, record: DeploymentRecord) =>
  deploy(dependencies, { record, objects }, start)
const changed = (
  dependencies: DeployDependencies,
  at: DeploymentRecord,
  changes: Parameters<typeof changeDeployment>[2]['changes'],
) => changeDeployment(dependencies, at, { changes, objects }, start)

function scene() {
  const project = randomUUID().replaceAll('-', '')
  const configs = openConfigStore(memory.table)
  const deployments = openDeploymentStore(memory.table)
  const newDeployment = (configId: string, userProject: string | null = null): DeploymentRecord => ({
    id: randomUUID(),
    project,
    userProject,
    serverId: 'web',
    configId,
    reference: randomUUID(),
    inputValues: { json: '{}' },
    action: null,
    status: null,
    statusReason: 'None',
    createdAt: start.toISOString(),
  })
  return {
    project,
    configs,
    deployments,
    newDeployment,
    newConfig: async () => {
      const none = { json: 'null' }
      const fields = { config: none, inputs: none, outputs: none, options: none, refs: 0, holds: {} }
      const config: ConfigRecord = {
        id: randomUUID(),
        project,
        name: null,
        group: null,
        createdAt: start.toISOString(),
        ...fields,
      }
      await configs.create(config)
      return config.id
    },
    /** What the service would do each minute, by way of the index. */
    sweep: async (now: Date) => {
      const sweeper = openConfigSweep({ now: () => now }, memory.table)
      for (const key of await openDueJobs(memory.table).list(now, 1000)) {
        const at = configAtKey(key)
        if (at?.project === project) await sweeper.sweep(at)
      }
    },
    isDue: async (now: Date) => {
      const keys = await openDueJobs(memory.table).list(now, 1000)
      return keys.some((key) => configAtKey(key)?.project === project)
    },
    /** The counts are those of the deployments that are there, and nothing is unsettled. */
    settled: async (...configIds: string[]) => {
      const referring = await Array.fromAsync(deployments.list(project))
      for (const id of configIds) {
        const config = await configs.find(project, id)
        if (!config) continue
        expect(config).toMatchObject({ holds: {}, refs: referring.filter(({ configId }) => configId === id).length })
      }
      return referring
    },
  }
}

const tagOf = (project: string) => openServerTags(memory.table).read(project, 'web')

describe('a function that dies while it', () => {
  test('creates a deployment leaves it there or not, and the config counted so', async () => {
    const steps = await eachDeath(async (writes) => {
      const { project, newConfig, newDeployment, sweep, settled, isDue, configs } = scene()
      const config = await newConfig()
      const before = await tagOf(project)
      const died = await dies(deployed(mortal(writes), newDeployment(config)))
      await sweep(later(30))
      if (died && writes > 1) expect(await isDue(later(61))).toBe(true)
      await sweep(later(61))
      const [deployment] = await settled(config)
      expect(await isDue(later(1000))).toBe(false)
      expect(await configs.remove({ project, id: config })).toBe(deployment ? 'in use' : 'removed')
      if (deployment) expect(await tagOf(project)).not.toBe(before)
      return died
    })
    expect(steps).toBe(5)
  })

  test('points a deployment to another config leaves it at one of them, both counted right', async () => {
    const steps = await eachDeath(async (writes) => {
      const { project, newConfig, newDeployment, sweep, settled, isDue } = scene()
      const [one, two] = [await newConfig(), await newConfig()]
      const deployment = newDeployment(one)
      await deployed(dependenciesOn(memory.table), deployment)
      const before = await tagOf(project)
      const work = changed(mortal(writes), deployment, { configId: two, status: 'moved' })
      const died = await dies(work)
      await sweep(later(61))
      const [found] = await settled(one, two)
      expect(found).toMatchObject(found?.configId === two ? { status: 'moved' } : { configId: one, status: null })
      if (found?.configId === two) expect(await tagOf(project)).not.toBe(before)
      expect(await isDue(later(1000))).toBe(false)
      return died
    })
    expect(steps).toBeGreaterThan(5)
  })

  test('deletes a deployment leaves it there or not, for both projects that see it', async () => {
    const steps = await eachDeath(async (writes) => {
      const { newConfig, newDeployment, sweep, settled, deployments } = scene()
      const config = await newConfig()
      const second = randomUUID().replaceAll('-', '')
      const deployment = newDeployment(config, second)
      await deployed(dependenciesOn(memory.table), deployment)
      expect(await deployments.find(second, deployment.id)).toMatchObject({ id: deployment.id })
      const died = await dies(undeploy(mortal(writes), { project: second, id: deployment.id }, start))
      await sweep(later(61))
      const left = await settled(config)
      expect(await Array.fromAsync(deployments.list(second, 'web'))).toEqual(left)
      return died
    })
    expect(steps).toBeGreaterThan(3)
  })
})

describe('a function that was taken for dead', () => {
  test('and creates its deployment after all is refused, and counts no more', async () => {
    const { newConfig, newDeployment, sweep, settled, deployments } = scene()
    const config = await newConfig()
    const deployment = newDeployment(config)
    await dies(deployed(mortal(2), deployment))
    await sweep(later(61))
    expect(await deployments.create(deployment)).toBe(false)
    expect(await settled(config)).toEqual([])
  })

  test('and points its deployment elsewhere after all is refused, and tries anew', async () => {
    const { newConfig, newDeployment, sweep, settled } = scene()
    const [one, two] = [await newConfig(), await newConfig()]
    const deployment = newDeployment(one)
    await deployed(dependenciesOn(memory.table), deployment)
    const normal = dependenciesOn(memory.table)
    let swept = 0
    const slow: DeployDependencies = {
      ...normal,
      deployments: {
        ...normal.deployments,
        changeIf: async (...given) => {
          if (swept++ === 0) await sweep(later(61))
          return normal.deployments.changeIf(...given)
        },
      },
    }
    await changed(slow, deployment, { configId: two })
    expect(swept).toBe(2)
    expect(await settled(one, two)).toMatchObject([{ configId: two }])
  })
})

test('a second deletion that comes too late counts nothing twice', async () => {
  const { newConfig, newDeployment, sweep, settled, configs, project } = scene()
  const config = await newConfig()
  const [first, second] = [newDeployment(config), newDeployment(config)]
  const normal = dependenciesOn(memory.table)
  await deployed(normal, first)
  await deployed(normal, second)
  const late: DeployDependencies = {
    ...normal,
    references: {
      ...normal.references,
      leave: async (...given) => {
        await undeploy(normal, first, start).catch(() => undefined)
        return normal.references.leave(...given)
      },
    },
  }
  await expect(undeploy(late, first, start)).rejects.toMatchObject({ errorName: 'NotFound' })
  await sweep(later(61))
  await settled(config)
  expect(await configs.remove({ project, id: config })).toBe('in use')
})

test('a project has 4,096 deployments at most, and is told so; one that is deleted makes room', async () => {
  const { newConfig, newDeployment, project } = scene()
  const config = await newConfig()
  const dependencies = dependenciesOn(memory.table)
  const first = newDeployment(config)
  await deployed(dependencies, first)
  const full = { text: 'SET taken = :most', values: { ':most': mostPerProject } }
  await memory.table.update({ pk: `PROJECT#${project}`, sk: 'COUNT#SWDEPLOYS' }, full)
  await expect(deployed(dependencies, newDeployment(config))).rejects.toMatchObject({ errorName: 'LimitExceeded' })
  await undeploy(dependencies, first, start)
  await deployed(dependencies, newDeployment(config))
})

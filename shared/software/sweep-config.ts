/** Settles the references of a config that somebody began to change and did not finish. */
import type { Clock } from '../aws/clock.ts'
import { openTable, type Table } from '../aws/table.ts'
import type { ConfigRecord, Hold } from './config-record.ts'
import { type ConfigStore, openConfigStore } from './config-store.ts'
import { type DeploymentStore, openDeploymentStore } from './deployment-store.ts'
import { configKey } from './keys.ts'
import { openReferences, type References } from './references.ts'
import { openServerTags, type ServerTags } from './server-tag.ts'

export interface ConfigSweep {
  /** True when it settled something. */
  sweep(at: { project: string; id: string }): Promise<boolean>
}

interface Stores {
  readonly table: Table
  readonly configs: ConfigStore
  readonly deployments: DeploymentStore
  readonly references: References
  readonly serverTags: ServerTags
}

async function settle(stores: Stores, config: ConfigRecord, id: string, hold: Hold, now: Date): Promise<void> {
  const { deployments, references, serverTags } = stores
  const change = { project: config.project, configId: config.id, id }
  const { reference, removedBy } = await deployments.fence(config.project, hold.deploymentId, now)
  const tookPlace = reference === id || removedBy === id
  await serverTags.renew(hold.projects, hold.serverId)
  if (reference === undefined) {
    for (const project of hold.projects) await deployments.forget(project, hold.deploymentId)
  }
  if (hold.kind === 'leave') return tookPlace ? references.drop(change) : references.keep(change)
  if (hold.leaves !== undefined) {
    const left = { ...change, configId: hold.leaves }
    await (tookPlace ? references.drop(left) : references.keep(left))
  }
  return tookPlace ? references.keep(change) : references.drop(change)
}

/** The index follows the earliest note that is left; without one the config leaves it. */
async function reschedule({ table, configs }: Stores, { project, id }: ConfigRecord): Promise<void> {
  const config = await configs.find(project, id)
  if (!config) return
  const dueTimes = Object.values(config.holds).map(({ dueAt }) => dueAt)
  const key = configKey(project, id)
  if (dueTimes.length === 0) {
    await table.update(
      key,
      { text: 'REMOVE jobShard, jobDueAt' },
      { text: 'size(holds) = :none', values: { ':none': 0 } },
    )
    return
  }
  const earliest = { text: 'SET jobDueAt = :due', values: { ':due': dueTimes.sort()[0] } }
  await table.update(key, earliest, { text: 'attribute_exists(jobShard)' })
}

export function openConfigSweep(clock: Clock, table: Table = openTable()): ConfigSweep {
  const stores: Stores = {
    table,
    configs: openConfigStore(table),
    deployments: openDeploymentStore(table),
    references: openReferences(table),
    serverTags: openServerTags(table),
  }
  return {
    sweep: async ({ project, id }) => {
      const config = await stores.configs.find(project, id)
      if (!config) return false
      const now = clock.now()
      const due = Object.entries(config.holds).filter(([, { dueAt }]) => dueAt <= now.toISOString())
      for (const [reference, hold] of due) await settle(stores, config, reference, hold, now)
      await reschedule(stores, config)
      return due.length > 0
    },
  }
}

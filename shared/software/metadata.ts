/** The configs that a server should run. */
import type { Blobs } from '../aws/blobs.ts'
import type { SoftwareConfig } from '../contract/software-configs.ts'
import { toConfigView } from './config.ts'
import type { ConfigRecord } from './config-record.ts'
import type { ConfigStore } from './config-store.ts'
import type { DeploymentRecord } from './deployment-record.ts'
import type { DeploymentStore } from './deployment-store.ts'
import { wholeList } from './whole-list.ts'

export interface MetadataDependencies {
  readonly deployments: DeploymentStore
  readonly configs: ConfigStore
  readonly blobs: Blobs
}

const concurrency = 16

/** By code point, as Python compares text; UTF-16 puts characters beyond the first plane elsewhere. */
function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

async function findAll(
  configs: ConfigStore,
  deployments: readonly DeploymentRecord[],
): Promise<ReadonlyMap<string, ConfigRecord>> {
  const wanted = [...new Map(deployments.map(({ project, configId }) => [configId, project]))]
  const found = new Map<string, ConfigRecord>()
  for (let at = 0; at < wanted.length; at += concurrency) {
    const some = wanted.slice(at, at + concurrency)
    const records = await Promise.all(some.map(([id, project]) => configs.find(project, id)))
    for (const record of records) if (record) found.set(record.id, record)
  }
  return found
}

/**
 * One entry for each deployment, by the config's name (null as ""), equal ones by the deployment's age.
 * @throws HeatError `LimitExceeded` when an answer cannot hold them
 */
export async function serverMetadata(
  { deployments, configs, blobs }: MetadataDependencies,
  project: string,
  serverId: string,
): Promise<SoftwareConfig[]> {
  const ofServer = await Array.fromAsync(deployments.list(project, serverId))
  const records = await findAll(configs, ofServer)
  const listed = ofServer.flatMap(({ configId }) => records.get(configId) ?? [])
  const sorted = listed.sort((a, b) => compareText(a.name ?? '', b.name ?? ''))
  const views = new Map<string, Promise<SoftwareConfig>>()
  const viewOf = (record: ConfigRecord) => {
    const view = views.get(record.id) ?? toConfigView(blobs, record)
    views.set(record.id, view)
    return view
  }
  return wholeList(sorted, viewOf, 'Delete deployments of the server that are done with.')
}

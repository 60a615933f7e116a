/** The configs that a server should run. */
import type { Blobs } from '../aws/blobs.ts'
import type { SoftwareConfig } from '../contract/software-configs.ts'
import { configValues, toConfigView } from './config.ts'
import type { ConfigRecord } from './config-record.ts'
import type { ConfigStore } from './config-store.ts'
import type { DeploymentRecord } from './deployment-record.ts'
import type { DeploymentStore } from './deployment-store.ts'
import { fewAtATime } from './few-at-a-time.ts'
import { inlineBytes } from './stored-values.ts'
import { collectList, wholeList } from './whole-list.ts'

export interface MetadataDependencies {
  readonly deployments: DeploymentStore
  readonly configs: ConfigStore
  readonly blobs: Blobs
}

const advice = 'Delete deployments of the server that are done with.'

/** By code point, as Python compares text; UTF-16 puts characters beyond the first plane elsewhere. */
function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** The configs that deployments point to, by their ids. */
async function findAll(
  configs: ConfigStore,
  deployments: readonly DeploymentRecord[],
): Promise<ReadonlyMap<string, ConfigRecord>> {
  const wanted = [...new Map(deployments.map(({ project, configId }) => [configId, project]))]
  const reading = fewAtATime(wanted, ([id, project]) => configs.find(project, id))
  const found = await collectList(reading, (config) => (config ? inlineBytes(configValues(config)) : 0), advice)
  return new Map(found.flatMap((config) => (config ? [[config.id, config]] : [])))
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
  return wholeList(sorted, viewOf, advice)
}

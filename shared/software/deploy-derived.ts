/** What Heat's clients do in several calls: derive a config for one server, and deploy it there. */
import { v4 as uuid } from 'uuid'
import type * as z from 'zod/mini'
import type { Blobs } from '../aws/blobs.ts'
import type { Clock } from '../aws/clock.ts'
import type { SoftwareConfig } from '../contract/software-configs.ts'
import type { DeploySoftware } from '../contract/software-signals.ts'
import { newConfig, textOrNull, toConfigView } from './config.ts'
import type { ConfigStore } from './config-store.ts'
import { type DeployDependencies, deploy, unknownConfig } from './deploy.ts'
import { newDeployment } from './deployment.ts'
import type { DeploymentRecord } from './deployment-record.ts'
import { derivedConfig } from './derived-config.ts'
import { pythonText } from './python-text.ts'
import { newSignalSecret, signalAddress } from './signal.ts'

export interface DerivedDependencies extends DeployDependencies {
  readonly configs: ConfigStore
  readonly blobs: Blobs
  readonly clock: Clock
}

type Given = z.infer<NonNullable<(typeof DeploySoftware)['request']['body']>>

/**
 * The deployment is what takes effect: a derived config without one, left by a crash between the two, is an ordinary config
 * that nothing refers to, and can be deleted.
 * @throws HeatError `Invalid` when the source config is not there
 */
export async function deployDerived(
  dependencies: DerivedDependencies,
  project: string,
  given: Given,
  baseUrl: string,
): Promise<{ deployment: DeploymentRecord; config: SoftwareConfig }> {
  const { configs, blobs, clock } = dependencies
  const now = clock.now()
  const sourceId = pythonText(given.config_id)
  const source = await configs.find(project, sourceId)
  if (!source) throw unknownConfig(sourceId)
  const id = uuid()
  const transport = given.signal_transport ?? 'CFN_SIGNAL'
  const secret = transport === 'NO_SIGNAL' ? undefined : newSignalSecret()
  const serverId = pythonText(given.server_id)
  const action = given.action ? pythonText(given.action) : 'CREATE'
  const derived = derivedConfig(await toConfigView(blobs, source), {
    name: textOrNull(given.name),
    serverId,
    action,
    inputValues: given.input_values ?? {},
    transport,
    signalAddress: secret && signalAddress(baseUrl, { project, id }, secret),
  })
  const { record, view } = await newConfig(blobs, project, derived, now)
  await configs.create(record)
  const identity = { id, project, userProject: given.stack_user_project_id || null, serverId }
  const state = secret
    ? { status: 'IN_PROGRESS', status_reason: 'Deploy data available' }
    : { status: 'COMPLETE', status_reason: 'Not waiting for outputs signal' }
  const fields = { input_values: given.input_values, action, ...state }
  const references = { configId: record.id, reference: uuid() }
  const unsigned = await newDeployment(blobs, { ...identity, ...references }, fields, now)
  const deployment = secret ? { ...unsigned, signalHash: secret.hash } : unsigned
  await deploy(dependencies, deployment, now)
  return { deployment, config: view }
}

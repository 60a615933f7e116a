/** What Heat's clients do in several calls: derive a config for one server, and deploy it there. */
import { v4 as uuid } from 'uuid'
import type * as z from 'zod/mini'
import type { Clock } from '../aws/clock.ts'
import { HeatError } from '../contract/heat-errors.ts'
import type { SoftwareConfig } from '../contract/software-configs.ts'
import type { DeploySoftware } from '../contract/software-signals.ts'
import { newConfig, textOrNull, toConfigView } from './config.ts'
import { type DeployDependencies, deploy, unknownConfig } from './deploy.ts'
import { deploymentBlobs, newDeployment } from './deployment.ts'
import type { DeploymentRecord } from './deployment-record.ts'
import { derivedConfig } from './derived-config.ts'
import { deleteConfig, type KeepDependencies, keepConfig } from './keep-config.ts'
import { pythonText } from './python-text.ts'
import { newSignalSecret, signalAddress } from './signal.ts'

export interface DerivedDependencies extends DeployDependencies, KeepDependencies {
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
  await keepConfig(dependencies, record, now)
  const identity = { id, project, userProject: given.stack_user_project_id || null, serverId }
  const state = secret
    ? { status: 'IN_PROGRESS', status_reason: 'Deploy data available' }
    : { status: 'COMPLETE', status_reason: 'Not waiting for outputs signal' }
  const fields = { input_values: given.input_values, action, ...state }
  const references = { configId: record.id, reference: uuid() }
  const unsigned = await newDeployment(blobs, { ...identity, ...references }, fields, now)
  const deployment = secret ? { ...unsigned, signalHash: secret.hash } : unsigned
  try {
    await deploy(dependencies, deployment, now)
  } catch (error) {
    if (error instanceof HeatError) {
      await deleteConfig(dependencies, record, now)
      await blobs.delete(deploymentBlobs(deployment))
    }
    throw error
  }
  return { deployment, config: view }
}

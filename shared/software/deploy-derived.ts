/** What Heat's clients do in several calls: derive a config for one server, and deploy it there. */
import { v4 as uuid } from 'uuid'
import type * as z from 'zod/mini'
import type { Caller } from '../auth/caller.ts'
import type { Blobs } from '../aws/blobs.ts'
import type { Clock } from '../aws/clock.ts'
import { HeatError } from '../contract/heat-errors.ts'
import type { SoftwareConfig } from '../contract/software-configs.ts'
import type { DeploySoftware } from '../contract/software-signals.ts'
import { newConfig, textOrNull, toConfigView } from './config.ts'
import { type DeployDependencies, deploy, unknownConfig } from './deploy.ts'
import { newDeployment } from './deployment.ts'
import type { DeploymentRecord } from './deployment-record.ts'
import { derivedConfig } from './derived-config.ts'
import { deleteConfig, type KeepDependencies, keepConfig } from './keep-config.ts'
import { pythonText } from './python-text.ts'
import { newSignalSecret, signalAddress } from './signal.ts'
import { type SharedProjects, userProjectOf } from './user-project.ts'

export interface DerivedDependencies extends DeployDependencies, KeepDependencies {
  readonly blobs: Blobs
  readonly shared: SharedProjects
  readonly clock: Clock
}

type Given = z.infer<NonNullable<(typeof DeploySoftware)['request']['body']>>

interface Request {
  readonly project: string
  readonly caller: Caller
  readonly given: Given
  /** What the signal address begins with. */
  readonly baseUrl: string
}

/** What a new deployment is like: it waits for its signal, or for nothing. */
function stateOf(signalled: boolean) {
  return signalled
    ? { status: 'IN_PROGRESS', status_reason: 'Deploy data available' }
    : { status: 'COMPLETE', status_reason: 'Not waiting for outputs signal' }
}

/**
 * The deployment is what takes effect: a derived config without one, left by a crash between the two, is an ordinary config
 * that nothing refers to, and can be deleted.
 * @throws HeatError `Invalid` when the source config is not there, `OtherProject` for a second project of others
 */
export async function deployDerived(
  dependencies: DerivedDependencies,
  { project, caller, given, baseUrl }: Request,
): Promise<{ deployment: DeploymentRecord; config: SoftwareConfig }> {
  const { configs, blobs, shared, clock } = dependencies
  const now = clock.now()
  const userProject = userProjectOf(given.stack_user_project_id, { project, caller, shared })
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
  const config = newConfig(project, derived, now)
  await keepConfig(dependencies, config, now)
  const identity = { id, project, userProject, serverId, configId: config.record.id, reference: uuid() }
  const fields = { input_values: given.input_values, action, ...stateOf(secret !== undefined) }
  const { record, objects } = newDeployment(identity, fields, now)
  const deployment = secret ? { ...record, signalHash: secret.hash } : record
  try {
    await deploy(dependencies, { record: deployment, objects }, now)
  } catch (error) {
    if (error instanceof HeatError) await deleteConfig(dependencies, config.record, now)
    throw error
  }
  return { deployment, config: config.view }
}

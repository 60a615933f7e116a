/** A signal arrives: it is applied to its deployment, once, and only while the deployment is in progress. */
import type { Blobs } from '../aws/blobs.ts'
import type { Clock } from '../aws/clock.ts'
import { allOf, type Expression } from '../aws/table.ts'
import { HeatError } from '../contract/heat-errors.ts'
import type { ConfigOutput } from '../contract/software-configs.ts'
import type { ConfigStore } from './config-store.ts'
import { unknownDeployment } from './deploy.ts'
import { replacedBlobs } from './deployment.ts'
import type { DeploymentRecord } from './deployment-record.ts'
import type { DeploymentStore } from './deployment-store.ts'
import { blobPrefix, deploymentKey } from './keys.ts'
import type { LargeValues } from './large-values.ts'
import { isSignalSecret, signalOutcome } from './signal.ts'
import { loadValue, newDraft } from './stored-values.ts'

export interface SignalDependencies {
  readonly deployments: DeploymentStore
  readonly configs: ConfigStore
  readonly blobs: Blobs
  readonly largeValues: LargeValues
  readonly clock: Clock
}

const mostAttempts = 8

/** Whether outputs in the bucket are still those is for the store to say, as it is with every change. */
function outputsAsIn({ outputValues }: DeploymentRecord): Expression {
  const names = { '#outputValues': 'outputValues' }
  if (outputValues === undefined) return { text: 'attribute_not_exists(#outputValues)', names }
  if (outputValues.json === undefined) return { text: 'attribute_exists(#outputValues)', names }
  return {
    text: '#outputValues.#json = :seenOutputs',
    names: { ...names, '#json': 'json' },
    values: { ':seenOutputs': outputValues.json },
  }
}

/** Nothing that the outcome was made of has changed: neither the status nor the earlier outputs nor the address. */
function unchanged(seen: DeploymentRecord): Expression {
  const inProgress: Expression = {
    text: '#status = :inProgress AND signalHash = :seenHash AND #reference = :seenReference',
    names: { '#status': 'status', '#reference': 'reference' },
    values: { ':inProgress': 'IN_PROGRESS', ':seenHash': seen.signalHash, ':seenReference': seen.reference },
  }
  return allOf(inProgress, outputsAsIn(seen))
}

async function applyOnce(
  { deployments, configs, blobs, largeValues, clock }: SignalDependencies,
  seen: DeploymentRecord,
  body: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const { project, id } = seen
  const [key, now] = [deploymentKey(project, id), clock.now()]
  const config = await configs.find(project, seen.configId)
  const outputs = ((await loadValue(blobs, config?.outputs)) ?? []) as ConfigOutput[]
  const outcome = signalOutcome(body, outputs, await loadValue(blobs, seen.outputValues))
  const { add, objects } = newDraft(blobPrefix(project, id))
  const { status, statusReason } = outcome
  const changes = { status, statusReason: shortened(statusReason), outputValues: add(outcome.outputValues) }
  await largeValues.letGo(key, replacedBlobs(seen, changes), now)
  const write = () => deployments.changeIf(seen, changes, unchanged(seen), now)
  return (await largeValues.put(key, objects, now, write)) !== undefined
}

/** An error output may be longer than a reason; the whole of it is in the outputs. */
function shortened(reason: string): string {
  return Buffer.byteLength(reason) <= 65_535 ? reason : `${reason.slice(0, 16_000)}...`
}

/**
 * @throws HeatError `NotFound` unless the secret is that of the deployment's address; the same whether there is a deployment
 */
export async function receiveSignal(
  dependencies: SignalDependencies,
  at: { project: string; id: string; secret: string },
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const seen = await dependencies.deployments.find(at.project, at.id)
    if (!isSignalSecret(at.secret, seen?.signalHash) || !seen) throw unknownDeployment(at.id)
    if (seen.status !== 'IN_PROGRESS' || (await applyOnce(dependencies, seen, body))) return
  }
  throw new HeatError('Contended', `Deployment with id ${at.id} is being changed by others; try again.`)
}

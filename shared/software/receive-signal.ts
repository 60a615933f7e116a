/** A signal arrives: it is applied to its deployment, once, and only while the deployment is in progress. */
import type { Blobs } from '../aws/blobs.ts'
import type { Clock } from '../aws/clock.ts'
import type { Expression } from '../aws/table.ts'
import { HeatError } from '../contract/heat-errors.ts'
import type { ConfigOutput } from '../contract/software-configs.ts'
import type { ConfigStore } from './config-store.ts'
import { unknownDeployment } from './deploy.ts'
import { replacedBlobs } from './deployment.ts'
import type { DeploymentRecord } from './deployment-record.ts'
import type { DeploymentStore } from './deployment-store.ts'
import { blobPrefix } from './keys.ts'
import { isSignalSecret, signalOutcome } from './signal.ts'
import { blobsOf, loadValue, type StoredValue, storeValue } from './stored-values.ts'

export interface SignalDependencies {
  readonly deployments: DeploymentStore
  readonly configs: ConfigStore
  readonly blobs: Blobs
  readonly clock: Clock
}

const mostAttempts = 8

/** Nothing that the outcome was made of has changed: neither the status nor the earlier outputs nor the address. */
function unchanged({ signalHash, outputValues, reference }: DeploymentRecord): Expression {
  const outputs = outputValues ? 'outputValues = :seenOutputs' : 'attribute_not_exists(outputValues)'
  return {
    text: `#status = :inProgress AND signalHash = :seenHash AND #reference = :seenReference AND ${outputs}`,
    names: { '#status': 'status', '#reference': 'reference' },
    values: {
      ':inProgress': 'IN_PROGRESS',
      ':seenHash': signalHash,
      ':seenReference': reference,
      ...(outputValues ? { ':seenOutputs': outputValues } : {}),
    },
  }
}

async function applyOnce(
  { deployments, configs, blobs, clock }: SignalDependencies,
  seen: DeploymentRecord,
  body: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const { project, id } = seen
  const config = await configs.find(project, seen.configId)
  const outputs = ((await loadValue(blobs, config?.outputs)) ?? []) as ConfigOutput[]
  const outcome = signalOutcome(body, outputs, await loadValue(blobs, seen.outputValues))
  const outputValues: StoredValue = await storeValue(blobs, blobPrefix(project, id), outcome.outputValues)
  const { status, statusReason } = outcome
  const changes = { status, statusReason: shortened(statusReason), outputValues }
  const changed = await deployments.changeIf(seen, changes, unchanged(seen), clock.now())
  await blobs.delete(changed ? replacedBlobs(changed.before, changes) : blobsOf([outputValues]))
  return changed !== undefined
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

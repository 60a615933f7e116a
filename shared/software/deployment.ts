/** A deployment: from the request to the record, and from the record to the answer. */
import type { Blobs } from '../aws/blobs.ts'
import { HeatError } from '../contract/heat-errors.ts'
import type { SoftwareDeployment } from '../contract/software-deployments.ts'
import { wireTime } from '../http/wire.ts'
import { textOrNull } from './config.ts'
import type { DeploymentChanges, DeploymentRecord } from './deployment-record.ts'
import { blobPrefix } from './keys.ts'
import { isFalsy, pythonText } from './python-text.ts'
import { blobsOf, loadValue, newDraft, type Objects } from './stored-values.ts'

type Text = string | number | boolean | null | undefined

/** The fields that a client may send in a creation or a change. */
export interface GivenDeployment {
  readonly input_values?: unknown
  readonly output_values?: unknown
  readonly action?: Text
  readonly status?: Text
  readonly status_reason?: unknown
}

/** What the column of Heat's database holds. */
const largestReasonBytes = 65_535

/** @throws HeatError `Invalid` for a text that is too long */
export function reasonText(value: unknown): string {
  const text = pythonText(value)
  if (Buffer.byteLength(text) <= largestReasonBytes) return text
  throw new HeatError('Invalid', `Data supplied was not valid: status_reason is over ${largestReasonBytes} bytes`)
}

/** What a client does not choose. */
type Identity = Pick<DeploymentRecord, 'id' | 'project' | 'userProject' | 'serverId' | 'configId' | 'reference'>

/** A deployment that is to be created. Absent fields become null, as measured. */
export function newDeployment(
  identity: Identity,
  given: GivenDeployment,
  now: Date,
): { record: DeploymentRecord; objects: Objects } {
  const { add, objects } = newDraft(blobPrefix(identity.project, identity.id))
  const record = {
    ...identity,
    inputValues: add(isFalsy(given.input_values) ? {} : given.input_values),
    action: textOrNull(given.action),
    status: textOrNull(given.status),
    statusReason: reasonText(given.status_reason),
    createdAt: now.toISOString(),
  }
  return { record, objects }
}

/** The fields that a change writes: those that are given and true in Python's sense; the others stay `[SEMANTICS 6]`. */
export function changesOf(
  { project, id }: { project: string; id: string },
  given: GivenDeployment,
): { changes: DeploymentChanges; objects: Objects } {
  const { input_values, output_values, action, status, status_reason } = given
  const { add, objects } = newDraft(blobPrefix(project, id))
  const changes = {
    ...(isFalsy(status_reason) ? {} : { statusReason: reasonText(status_reason) }),
    ...(isFalsy(action) ? {} : { action: textOrNull(action) }),
    ...(isFalsy(status) ? {} : { status: textOrNull(status) }),
    ...(isFalsy(input_values) ? {} : { inputValues: add(input_values) }),
    ...(isFalsy(output_values) ? {} : { outputValues: add(output_values) }),
  }
  return { changes, objects }
}

type Changing = Pick<DeploymentChanges, 'inputValues' | 'outputValues'>

export function deploymentBlobs({ inputValues, outputValues }: Changing): string[] {
  return blobsOf([inputValues, outputValues])
}

/** The blobs that a change put others in the place of. */
export function replacedBlobs(before: Changing, changes: Changing): string[] {
  return blobsOf([changes.inputValues && before.inputValues, changes.outputValues && before.outputValues])
}

export async function toDeploymentView(blobs: Blobs, record: DeploymentRecord): Promise<SoftwareDeployment> {
  const [input_values, output_values] = await Promise.all([
    loadValue(blobs, record.inputValues),
    loadValue(blobs, record.outputValues),
  ])
  return {
    id: record.id,
    server_id: record.serverId,
    config_id: record.configId,
    input_values,
    output_values,
    action: record.action,
    status: record.status,
    status_reason: record.statusReason,
    creation_time: wireTime(record.createdAt),
    ...(record.updatedAt === undefined ? {} : { updated_time: wireTime(record.updatedAt) }),
  }
}

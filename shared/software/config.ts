/** A config: from the request to the record, and from the record to the answer. */
import { v4 as uuid } from 'uuid'
import type { Blobs } from '../aws/blobs.ts'
import type { ConfigInput, ConfigOutput, SoftwareConfig, SoftwareConfigSummary } from '../contract/software-configs.ts'
import { wireTime } from '../http/wire.ts'
import type { ConfigRecord, ConfigSummary } from './config-record.ts'
import { toInputs, toOutputs } from './io-items.ts'
import { blobPrefix } from './keys.ts'
import { isFalsy, pythonText } from './python-text.ts'
import { loadValue, newDraft, type Objects, type StoredValue } from './stored-values.ts'

/** What a config is made of, whether sent by a client or derived from another one. */
export interface GivenConfig {
  readonly name?: string | number | boolean | null | undefined
  readonly group?: string | number | boolean | null | undefined
  readonly config?: unknown
  readonly inputs?: unknown
  readonly outputs?: unknown
  readonly options?: unknown
}

/** Null for null and absent, else text. */
export function textOrNull(value: string | number | boolean | null | undefined): string | null {
  return value === null || value === undefined ? null : pythonText(value)
}

export interface NewConfig {
  readonly record: ConfigRecord
  readonly objects: Objects
  readonly view: SoftwareConfig
}

/**
 * A config that is to be kept.
 * @throws HeatError for inputs and outputs that break their schema
 */
export function newConfig(project: string, given: GivenConfig, now: Date): NewConfig {
  const id = uuid()
  const contents = {
    config: given.config ?? null,
    inputs: toInputs(given.inputs),
    outputs: toOutputs(given.outputs),
    options: isFalsy(given.options) ? {} : given.options,
  }
  const { add, objects } = newDraft(blobPrefix(project, id))
  const createdAt = now.toISOString()
  const summary = { id, name: textOrNull(given.name), group: textOrNull(given.group), createdAt }
  const record = {
    ...summary,
    project,
    config: add(contents.config),
    inputs: add(contents.inputs),
    outputs: add(contents.outputs),
    options: add(contents.options),
    refs: 0,
    holds: {},
  }
  return { record, objects, view: { ...toConfigSummary(summary), ...contents } }
}

export function toConfigSummary({ id, name, group, createdAt }: ConfigSummary): SoftwareConfigSummary {
  return { id, name, group, creation_time: wireTime(createdAt) }
}

export async function toConfigView(blobs: Blobs, record: ConfigRecord): Promise<SoftwareConfig> {
  const loading = configValues(record).map((value) => loadValue(blobs, value))
  const [config, inputs, outputs, options] = await Promise.all(loading)
  return {
    ...toConfigSummary(record),
    config,
    inputs: inputs as ConfigInput[],
    outputs: outputs as ConfigOutput[],
    options,
  }
}

export function configValues({ config, inputs, outputs, options }: ConfigRecord): StoredValue[] {
  return [config, inputs, outputs, options]
}

/** Configs with all that belongs to them: their place in the quota and their large values in the bucket. */
import type { Quota } from '../aws/quota.ts'
import { configValues, type NewConfig } from './config.ts'
import type { ConfigRecord } from './config-record.ts'
import type { ConfigStore } from './config-store.ts'
import { configKey } from './keys.ts'
import type { LargeValues } from './large-values.ts'
import { reserveOne } from './quota.ts'
import { blobsOf } from './stored-values.ts'

export interface KeepDependencies {
  readonly configs: ConfigStore
  readonly configQuota: Quota
  readonly largeValues: LargeValues
}

/** @throws HeatError `LimitExceeded` when the project has too many */
export async function keepConfig(
  { configs, configQuota, largeValues }: KeepDependencies,
  { record, objects }: Pick<NewConfig, 'record' | 'objects'>,
  now: Date,
): Promise<void> {
  await reserveOne(configQuota, record.project, 'software configs', now)
  await largeValues.put(configKey(record.project, record.id), objects, now, () => configs.create(record))
}

/** Deletes it unless somebody refers to it. */
export async function deleteConfig(
  { configs, configQuota, largeValues }: KeepDependencies,
  record: ConfigRecord,
  now: Date,
): Promise<'removed' | 'in use' | 'missing'> {
  await largeValues.letGo(configKey(record.project, record.id), blobsOf(configValues(record)), now)
  const mark = await configQuota.mark(record.project)
  const outcome = await configs.remove(record)
  if (outcome === 'removed') await configQuota.release(record.project, now, mark)
  return outcome
}

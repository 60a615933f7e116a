/** Configs with all that belongs to them: their place in the quota and their large values in the bucket. */
import type { Blobs } from '../aws/blobs.ts'
import type { Quota } from '../aws/quota.ts'
import { HeatError } from '../contract/heat-errors.ts'
import { configBlobs } from './config.ts'
import type { ConfigRecord } from './config-record.ts'
import type { ConfigStore } from './config-store.ts'
import { reserveOne } from './quota.ts'

export interface KeepDependencies {
  readonly configs: ConfigStore
  readonly configQuota: Quota
  readonly blobs: Blobs
}

/** @throws HeatError `LimitExceeded` when the project has too many */
export async function keepConfig(
  { configs, configQuota, blobs }: KeepDependencies,
  record: ConfigRecord,
  now: Date,
): Promise<void> {
  try {
    await reserveOne(configQuota, record.project, 'software configs', now)
  } catch (error) {
    if (error instanceof HeatError) await blobs.delete(configBlobs(record))
    throw error
  }
  await configs.create(record)
}

/** Deletes it unless somebody refers to it; the rest goes after the config itself is gone. */
export async function deleteConfig(
  { configs, configQuota, blobs }: KeepDependencies,
  record: ConfigRecord,
  now: Date,
): Promise<'removed' | 'in use' | 'missing'> {
  const outcome = await configs.remove(record)
  if (outcome !== 'removed') return outcome
  await configQuota.release(record.project, now)
  await blobs.delete(configBlobs(record))
  return outcome
}

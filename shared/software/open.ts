/** What the endpoints about configs and deployments need, by name, for `serve`. */
import { openBlobs } from '../aws/blobs.ts'
import { systemClock } from '../aws/clock.ts'
import { openConfigStore } from './config-store.ts'
import { openDeploymentStore } from './deployment-store.ts'
import { openLargeValues } from './large-values.ts'
import { openConfigQuota, openDeploymentQuota } from './quota.ts'
import { openReferences } from './references.ts'
import { openServerTags } from './server-tag.ts'

export const readDependencies = { deployments: openDeploymentStore, configs: openConfigStore, blobs: openBlobs }

export const deployDependencies = {
  deployments: openDeploymentStore,
  references: openReferences,
  serverTags: openServerTags,
  quota: openDeploymentQuota,
  largeValues: openLargeValues,
  blobs: openBlobs,
  clock: systemClock,
}

export const signalDependencies = { ...readDependencies, largeValues: openLargeValues, clock: systemClock }

export const keepDependencies = {
  configs: openConfigStore,
  configQuota: openConfigQuota,
  largeValues: openLargeValues,
  clock: systemClock,
}

/** What the endpoints about deployments need, by name, for `serve`. */
import { openBlobs } from '../aws/blobs.ts'
import { systemClock } from '../aws/clock.ts'
import { openConfigStore } from './config-store.ts'
import { openDeploymentStore } from './deployment-store.ts'
import { openReferences } from './references.ts'
import { openServerTags } from './server-tag.ts'

export const readDependencies = { deployments: openDeploymentStore, configs: openConfigStore, blobs: openBlobs }

export const deployDependencies = {
  deployments: openDeploymentStore,
  references: openReferences,
  serverTags: openServerTags,
  blobs: openBlobs,
  clock: systemClock,
}

export const signalDependencies = { ...readDependencies, clock: systemClock }

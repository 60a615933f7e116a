/** Settings of an AWS SDK client that talks to a local service: nothing of the developer's own AWS set-up is read. */
import { randomBytes } from 'node:crypto'
import { localRegion } from './physical-names.ts'

/** New at each start of this program. The local services answer to its key id only: see `isOwnRequest`. */
export const localCredentials = { accessKeyId: randomBytes(16).toString('hex'), secretAccessKey: 'local' } as const

export const sdkSettings = (endpoint: string, accessKeyId: string = localCredentials.accessKeyId) => ({
  endpoint,
  region: localRegion,
  credentials: { ...localCredentials, accessKeyId },
})

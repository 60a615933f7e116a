/** Settings of an AWS SDK client that talks to a local service: nothing of the developer's own AWS set-up is read. */
import { localRegion } from './physical-names.ts'

/** Dummy credentials; the local services accept any. */
export const localCredentials = { accessKeyId: 'local', secretAccessKey: 'local' } as const

export const sdkSettings = (endpoint: string) => ({
  endpoint,
  region: localRegion,
  credentials: { ...localCredentials },
})

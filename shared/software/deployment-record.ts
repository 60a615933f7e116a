/** A deployment as it is kept. */
import type { StoredValue } from './stored-values.ts'

export interface DeploymentRecord {
  readonly id: string
  /** The owner's project; its configs are the ones that the deployment may refer to. */
  readonly project: string
  /** A second project with all rights over this one deployment. */
  readonly userProject: string | null
  readonly serverId: string
  readonly configId: string
  /** Id of the reference by which it refers to its config; see `references.ts`. */
  readonly reference: string
  /** Set by the sweeper: a change of the reference that began before it is refused. */
  readonly fence?: string
  readonly inputValues: StoredValue
  readonly outputValues?: StoredValue
  readonly action: string | null
  readonly status: string | null
  readonly statusReason: string | null
  /** ISO times; `updatedAt` from the first change on. */
  readonly createdAt: string
  readonly updatedAt?: string
  /** SHA-256 of the secret in the signal address, in base64url; absent without an address. */
  readonly signalHash?: string
}

/** The fields that a client may change. */
export type DeploymentChanges = Partial<
  Pick<DeploymentRecord, 'inputValues' | 'outputValues' | 'action' | 'status' | 'statusReason' | 'signalHash'>
>

/** Those who see the deployment. */
export function projectsOf({ project, userProject }: Pick<DeploymentRecord, 'project' | 'userProject'>): string[] {
  return userProject === null || userProject === project ? [project] : [project, userProject]
}

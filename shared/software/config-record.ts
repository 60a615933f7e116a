/** A config as it is kept. Everything but the last two fields never changes. */
import type { StoredValue } from './stored-values.ts'

/** A change of a deployment that is not settled; enough to find out how it ended. */
export interface Hold {
  /** Whether the deployment begins or ceases to refer to this config. */
  readonly kind: 'enter' | 'leave'
  readonly deploymentId: string
  readonly serverId: string
  /** Projects whose view of the server changes. */
  readonly projects: readonly string[]
  /** Of an `enter`: the config that the same change leaves; its note is settled first. */
  readonly leaves?: string
  /** ISO time from which on somebody else may settle it: the function that made it is dead by then. */
  readonly dueAt: string
}

export interface ConfigRecord {
  readonly id: string
  readonly project: string
  readonly name: string | null
  readonly group: string | null
  /** ISO time. */
  readonly createdAt: string
  readonly config: StoredValue
  readonly inputs: StoredValue
  readonly outputs: StoredValue
  readonly options: StoredValue
  /** References to it, settled or not; it can be deleted at 0. */
  readonly refs: number
  /** Change id -> hold, while a deployment begins or ceases to refer to it. */
  readonly holds: Readonly<Record<string, Hold>>
}

export type ConfigSummary = Pick<ConfigRecord, 'id' | 'name' | 'group' | 'createdAt'>

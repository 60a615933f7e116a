/** What templates must not see of a service that runs on the same machine, and whether this machine can hide it. */
import { realpath } from 'node:fs/promises'
import { whyUnconfined } from '../../shared/engine/confinement-probe.ts'

export type EngineConfinement =
  | { hiddenFolders: readonly string[] }
  /** Why this machine cannot hide anything. */
  | { unconfined: string }

/** @param folders exist; `wanted: false` is for tests of machines that cannot. */
export async function confineEngines(folders: readonly string[], wanted: boolean): Promise<EngineConfinement> {
  const unconfined = wanted ? await whyUnconfined() : 'it was not asked for'
  if (unconfined !== undefined) return { unconfined }
  return { hiddenFolders: await Promise.all(folders.map((folder) => realpath(folder))) }
}

export const explainUnconfined = (reason: string) =>
  `not confined (${reason}): a template can read and end whatever the user of the service can`

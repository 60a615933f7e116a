/** The import of one object, and how it is undone. */
import { randomUUID } from 'node:crypto'
import { boundedMessage } from './bounded-message.ts'
import { forgetInstance, importObject, moveInstance } from './engine-commands.ts'
import { engineEnvironment } from './engine-environment.ts'
import type { EngineExit } from './engine-process.ts'
import type { JournalEntry } from './protocol.ts'
import { siblingAddress } from './resource-address.ts'
import { closingSetting, engineSetting, providerEnvironment, type Run } from './run.ts'
import { importId } from './state-comparison.ts'

/** An object that exists and that the state does not hold. */
export interface Stray {
  readonly entry: JournalEntry
  /** The state has its predecessor at its address. */
  readonly replaces: boolean
}

export type Imported =
  /** `aside`: the address that the predecessor has now. No template has that, so the engine deletes what is left of it. */
  { readonly ok: true; readonly aside?: string } | { readonly ok: false; readonly reason: string }

/** Imports with the run's template. An import that fails leaves the state as it was. */
export async function importStray(run: Run, { entry, replaces }: Stray): Promise<Imported> {
  const id = importId(entry)
  if (id === undefined) return { ok: false, reason: 'the engine told no id of it that can be used' }
  const aside = replaces ? siblingAddress(entry.address, `rfs_replaced_${randomUUID().slice(0, 8)}`) : undefined
  if (replaces && !(aside && (await move(run, entry.address, aside)))) {
    return { ok: false, reason: 'the object that it replaced could not be moved out of its place in the state' }
  }
  const target = { address: entry.address, id }
  const exit = await importObject(engineSetting(run), providerEnvironment(run), run.variableFiles, target)
  if (exit.code === 0) return { ok: true, ...(aside ? { aside } : {}) }
  if (aside) await move(run, aside, entry.address)
  return { ok: false, reason: boundedMessage(run.report.clean(importFailure(exit)), longestReason) }
}

/** Undoes an import. */
export async function putBack(run: Run, { entry }: Stray, { aside }: Extract<Imported, { ok: true }>): Promise<void> {
  await forgetInstance(closingSetting(run), engineEnvironment(run), entry.address)
  if (aside) await move(run, aside, entry.address)
}

async function move(run: Run, from: string, to: string): Promise<boolean> {
  return (await moveInstance(closingSetting(run), engineEnvironment(run), from, to)).code === 0
}

/** So that an event has room for what to do about it. */
const longestReason = 800

/** What the engine printed for people as one sentence, without its end mark. */
function importFailure({ code, errorText }: EngineExit): string {
  const said = errorText.replace(/[│╷╵\s]+/g, ' ').trim()
  if (said === '') return `the import ended ${code === null ? 'by a signal' : `with code ${code}`} without saying why`
  return said.replace(/^Error: /, '').replace(/\.$/, '')
}

/** Whether the state knows what the journal names. Pure. */
import { identityText, parseExactly } from './attribute-values.ts'
import type { JournalEntry } from './protocol.ts'
import { masked } from './redaction.ts'
import { ShownState, type StateModule, type StateResource } from './state-view.ts'

export interface KnownInstances {
  /** By address, without deposed objects. */
  readonly current: ReadonlyMap<string, StateResource>
  /** All, by type: an object that moved, or was deposed, is known too. */
  readonly byType: ReadonlyMap<string, readonly StateResource[]>
}

/**
 * `replaced`: the state still has the predecessor at its address. `doubtful`: the state has another object there, and it is
 * not certain which of the two is the newer one.
 */
export type Verdict = 'known' | 'missing' | 'replaced' | 'doubtful'

/**
 * The managed instances of a state as `show -json` writes it.
 * @throws Error when the text is not a state in the documented format.
 */
export function knownInstances(text: string): KnownInstances {
  const root = ShownState.parse(parseExactly(text)).values?.root_module
  const managed = root ? managedIn(root) : []
  const current = managed.filter(({ deposed_key }) => deposed_key === undefined)
  return {
    current: new Map(current.map((instance) => [instance.address, instance])),
    byType: Map.groupBy(managed, ({ type }) => type),
  }
}

function managedIn({ resources, child_modules }: StateModule): StateResource[] {
  return [...resources.filter(({ mode }) => mode === 'managed'), ...child_modules.flatMap(managedIn)]
}

export function verdictOn(entry: JournalEntry, known: KnownInstances): Verdict {
  const { address, type, idValue, unfinished, newerThanState } = entry
  if ((known.byType.get(type) ?? []).some((instance) => hasIdOf(instance, entry))) return 'known'
  const there = known.current.get(address)
  if (!there) return 'missing'
  // Without two ids nothing says that there is another object.
  if (unfinished || idValue === undefined || identity(there, entry) === undefined) return 'known'
  return newerThanState ? 'replaced' : 'doubtful'
}

/** Whether it is the object that the entry names, as far as ids tell. */
export function hasIdOf(instance: StateResource, entry: JournalEntry): boolean {
  return entry.idValue !== undefined && identity(instance, entry) === entry.idValue
}

function identity({ values }: StateResource, { idKey }: JournalEntry): string | undefined {
  return idKey === undefined ? undefined : identityText(values[idKey])
}

/** Attributes by which the engine names an object, and by which providers import it. */
const importableBy = ['id', 'name']

/** What `import` may be given for an entry; undefined when the engine told no such id, or it or the address is masked. */
export function importId({ address, idKey, idValue }: JournalEntry): string | undefined {
  if (idKey === undefined || !importableBy.includes(idKey) || address.includes(masked)) return undefined
  return idValue === undefined || idValue === '' || idValue.includes(masked) ? undefined : idValue
}

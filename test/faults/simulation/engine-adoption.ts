/** What the simulated engine does with a journal: as shared/engine/adoption.ts, with ids that are never masked. */
import type { EventResource, JournalEntry } from '../../../shared/engine/protocol.ts'
import { type EngineRun, report } from './engine-run.ts'
import { withResource } from './engine-state.ts'
import { addressOf, isImportable } from './template.ts'

type Verdict = 'known' | 'missing' | 'doubtful'

function verdictOn(run: EngineRun, { address, idValue, unfinished, newerThanState }: JournalEntry): Verdict {
  const there = run.state.resources.find((resource) => addressOf(resource) === address)
  if (run.state.resources.some(({ id }) => id === idValue)) return 'known'
  if (!there) return 'missing'
  if (unfinished || idValue === undefined) return 'known'
  return newerThanState ? 'missing' : 'doubtful'
}

function bare({ unfinished: _state, newerThanState: _age, ...resource }: JournalEntry): EventResource {
  return resource
}

function lose(run: EngineRun, entry: JournalEntry, why: string): void {
  const { address, idValue } = entry
  report(run, 'ERROR', `${address} (id ${idValue}) was created by a run that was cut off, ${why}.`, bare(entry))
  run.lost.push(`${address} (id ${idValue})`)
}

function adopt(run: EngineRun, entry: JournalEntry): void {
  const { address, type, name, idValue: id = '' } = entry
  const found = run.services.outside.resources.get(id)
  if (!found || !isImportable(type)) {
    lose(run, entry, 'and could not be adopted')
    return
  }
  run.state = withResource(run.state, { type, name, id, input: found.input, stuck: 0 })
  report(run, 'LOG', `${address} (id ${id}) was created by a run that was cut off; it is adopted.`, bare(entry))
}

/** Takes into the state what earlier runs told of and it does not hold; tells what cannot be. */
export function adoptJournal(run: EngineRun): void {
  const strays: JournalEntry[] = []
  for (const entry of run.request.journal ?? []) {
    const verdict = verdictOn(run, entry)
    if (verdict === 'known') continue
    if (entry.unfinished)
      report(run, 'LOG', `${entry.address} was being created by a run that was cut off.`, bare(entry))
    else if (verdict === 'doubtful') lose(run, entry, 'and the state has another object at its address')
    else strays.push(entry)
  }
  const newest = new Map(strays.map((entry) => [entry.address, entry]))
  for (const entry of strays) {
    if (newest.get(entry.address) === entry) adopt(run, entry)
    else lose(run, entry, 'and a newer object has its address')
  }
}

/**
 * Before the engine changes anything: what earlier runs created and the state does not hold, because they were cut off before
 * it was saved, is taken into the state. What cannot be is told to people. Neither makes the run fail.
 */
import { type Imported, importStray, putBack, type Stray } from './adoption-import.ts'
import { initialise, showState } from './engine-commands.ts'
import { engineEnvironment } from './engine-environment.ts'
import { openOtherTemplate } from './other-template.ts'
import type { EventResource, JournalEntry } from './protocol.ts'
import { closingSetting, engineEnd, engineSetting, isTimeUp, type Run, type RunEnd, timeIsUp } from './run.ts'
import { RunFailure } from './run-failure.ts'
import { hasIdOf, type KnownInstances, knownInstances, verdictOn } from './state-comparison.ts'
import { readWholeState } from './state-file.ts'

/** A stray with what became of it. */
interface Outcome {
  readonly stray: Stray
  readonly imported?: Extract<Imported, { ok: true }>
  /** Why it is not adopted, one reason for each template that was tried. */
  readonly reasons: readonly string[]
}

/** @throws RunFailure when the engine does not show the state: going on would create again what is not known. */
export async function adoptJournal(run: Run): Promise<RunEnd | undefined> {
  const { journal = [] } = run.request
  if (journal.length === 0) return undefined
  if (isTimeUp(run)) return timeIsUp(run)
  const known = await statedInstances(run)
  const strays: Stray[] = []
  const lost: string[] = []
  for (const entry of journal) {
    const verdict = verdictOn(entry, known)
    if (verdict === 'known') continue
    if (entry.unfinished) await tellUnfinished(run, entry)
    else if (verdict === 'doubtful') lost.push(await tellDoubtful(run, entry))
    else strays.push({ entry, replaces: verdict === 'replaced' })
  }
  if (strays.length === 0) {
    run.adoption = { ...run.adoption, settled: true, lost }
    return undefined
  }
  const { stateFile } = run.workspace
  const before = await readWholeState(stateFile)
  const newest = new Map(strays.map((stray) => [stray.entry.address, stray]))
  const older = strays.filter((stray) => newest.get(stray.entry.address) !== stray)
  const { outcomes, end } = await adoptStrays(run, [...newest.values()])
  for (const outcome of [...older.map(hasSuccessor), ...outcomes]) {
    if (outcome.imported) await tellAdopted(run, outcome)
    else if (!end) lost.push(await tellNotAdopted(run, outcome))
  }
  const after = await readWholeState(stateFile)
  const changedState = before === undefined ? after !== undefined : !after?.equals(before)
  run.adoption = { settled: end === undefined, changedState, lost }
  return end
}

/** An address has room for one object; a replacement may have been cut off before it deleted the one before. */
function hasSuccessor(stray: Stray): Outcome {
  return { stray, reasons: ['a newer object has its address'] }
}

async function statedInstances(run: Run): Promise<KnownInstances> {
  const shown = await showState(closingSetting(run), engineEnvironment(run))
  if (shown === undefined) {
    throw new RunFailure('The engine could not show the state, so what an earlier run created could not be looked for.')
  }
  return knownInstances(shown)
}

/**
 * Imports with the run's own template, then what that has no place for with the others. Whatever happens, the state holds
 * nothing afterwards that was not asked for: some providers take an id for the name of another object.
 */
async function adoptStrays(
  run: Run,
  strays: readonly Stray[],
): Promise<{ outcomes: readonly Outcome[]; end?: RunEnd }> {
  const none = strays.map((stray): Outcome => ({ stray, reasons: [] }))
  const own = await importAll(run, none)
  const all = await importWithOthers(run, own)
  // Providers that only another template names have to be there from now on.
  const refused = importedCount(all) > importedCount(own) ? await initialiseAgain(run) : undefined
  if (refused) return { outcomes: all, end: refused }
  const outcomes = importedCount(all) > 0 ? await verified(run, all) : all
  return isTimeUp(run) ? { outcomes, end: timeIsUp(run) } : { outcomes }
}

async function importWithOthers(run: Run, own: readonly Outcome[]): Promise<readonly Outcome[]> {
  let outcomes = own
  for (const [at, template] of (run.request.otherTemplates ?? []).entries()) {
    if (isTimeUp(run) || importedCount(outcomes) === outcomes.length) break
    const other = await openOtherTemplate(run, at, template)
    outcomes = 'refusal' in other ? outcomes.map((one) => failed(one, other.refusal)) : await importAll(other, outcomes)
  }
  return outcomes
}

const importedCount = (outcomes: readonly Outcome[]) => outcomes.filter(({ imported }) => imported).length

/** One after the other, in the order of their creation: `for_each` may need what is before. Stops when the time is up. */
async function importAll(run: Run, outcomes: readonly Outcome[]): Promise<Outcome[]> {
  const after: Outcome[] = []
  for (const outcome of outcomes) {
    const imported = outcome.imported || isTimeUp(run) ? undefined : await importStray(run, outcome.stray)
    if (!imported) after.push(outcome)
    else after.push(imported.ok ? { ...outcome, imported } : failed(outcome, imported.reason))
  }
  return after
}

function failed(outcome: Outcome, reason: string): Outcome {
  return outcome.imported ? outcome : { ...outcome, reasons: [...outcome.reasons, reason] }
}

async function initialiseAgain(run: Run): Promise<RunEnd | undefined> {
  return engineEnd(run, await initialise(engineSetting(run), engineEnvironment(run)))
}

/** Takes out of the state again what turned out to be another object. */
async function verified(run: Run, outcomes: readonly Outcome[]): Promise<Outcome[]> {
  const { current } = await statedInstances(run)
  const after: Outcome[] = []
  for (const outcome of outcomes) {
    const { stray, imported, reasons } = outcome
    const there = current.get(stray.entry.address)
    if (!imported || (there && hasIdOf(there, stray.entry))) after.push(outcome)
    else {
      await putBack(run, stray, imported)
      after.push(failed({ stray, reasons }, 'its provider imported another object by that id'))
    }
  }
  return after
}

function named({ address, idValue }: JournalEntry): string {
  return idValue === undefined ? address : `${address} (id ${idValue})`
}

function resourceOf({ unfinished: _state, newerThanState: _age, ...resource }: JournalEntry): EventResource {
  return resource
}

const cutOff = 'by a run that was cut off before it saved its state'
const advice =
  'It may exist beside what this stack knows: look for it at its provider, and delete it or import it with an import block.'

async function tellAdopted({ report }: Run, { stray: { entry } }: Outcome): Promise<void> {
  await report.log(`${named(entry)} was created ${cutOff}; it is adopted.`, resourceOf(entry))
}

/** Tells it and returns how it is called. */
async function tellNotAdopted({ report }: Run, { stray: { entry }, reasons }: Outcome): Promise<string> {
  const why = [...new Set(reasons)].join(' With another template: ')
  await report.error(
    `${named(entry)} was created ${cutOff}, and could not be adopted: ${why}. ${advice}`,
    resourceOf(entry),
  )
  return named(entry)
}

async function tellDoubtful({ report }: Run, entry: JournalEntry): Promise<string> {
  const message = `${named(entry)} was created ${cutOff}, but the state has another object at its address. ${advice}`
  await report.error(message, resourceOf(entry))
  return named(entry)
}

async function tellUnfinished({ report }: Run, entry: JournalEntry): Promise<void> {
  if (entry.unfinished === 'failed') {
    await report.error(`${named(entry)} failed while it was created ${cutOff}. ${advice}`, resourceOf(entry))
  } else {
    const message = `${named(entry)} was being created ${cutOff}. If its provider has made it all the same, this stack does not know it.`
    await report.log(message, resourceOf(entry))
  }
}

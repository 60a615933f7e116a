/** The steps of a run that have to do with a saved plan. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorFields } from '../aws/log.ts'
import { plan, showPlan } from './engine-commands.ts'
import { engineEnvironment } from './engine-environment.ts'
import { planSecrets, readPlan } from './plan-document.ts'
import { planView } from './plan-view.ts'
import {
  closingSetting,
  engineEnd,
  engineSetting,
  isTimeUp,
  patience,
  providerEnvironment,
  type Run,
  type RunEnd,
  timeIsUp,
  transferLimits,
} from './run.ts'
import { RunFailure } from './run-failure.ts'
import { fetchPlan, savePlan } from './saved-plan.ts'

/** Where the engine looks for the versions of providers that it has to take. */
const lockFileName = '.terraform.lock.hcl'

/** Makes a plan, saves it to `saveTo`, and only then tells what is in it. */
export async function makePlan(run: Run, saveTo: string): Promise<RunEnd> {
  if (isTimeUp(run)) return timeIsUp(run)
  const { report, workspace, limits } = run
  const exit = await plan(engineSetting(run), providerEnvironment(run), run.variableFiles)
  const end = await engineEnd(run, exit)
  if (end) return end
  const file = await readSavedPlan(workspace.planFile)
  const shown = await showPlan(closingSetting(run), engineEnvironment(run))
  if (shown === undefined && run.host.now() >= limits.endAtMs) return timeIsUp(run)
  if (shown === undefined) throw new RunFailure('The engine could not show the execution plan that it made.')
  const { items, counts, secrets } = planView(shown)
  report.learn(secrets)
  await savePlan(saveTo, file, transferLimits(run, { ...patience, endAtMs: limits.endAtMs }))
  for (const item of items) await report.emit({ type: 'item', item })
  return { outcome: 'succeeded', planned: counts }
}

/**
 * Puts the saved plan at `url` into the workspace, with the providers' versions that it was made with: the engine refuses
 * to carry it out with others.
 */
export async function fetchSavedPlan(run: Run, url: string): Promise<RunEnd | undefined> {
  if (isTimeUp(run)) return timeIsUp(run)
  const { workspace, limits } = run
  const saved = await fetchPlan(url, transferLimits(run, { ...patience, endAtMs: limits.interruptAtMs }))
  await writeFile(workspace.planFile, saved.file, { mode: 0o600 })
  if (saved.lockFile) await writeFile(join(workspace.template, lockFileName), saved.lockFile)
  return undefined
}

/** Learns the sensitive values of the saved plan. Never throws: a plan that is not readable fails when it is carried out. */
export async function learnFromSavedPlan(run: Run): Promise<void> {
  try {
    const shown = await showPlan(engineSetting(run), engineEnvironment(run))
    if (shown !== undefined) run.report.learn(planSecrets(readPlan(shown)))
    else run.host.log.warn('the engine did not show a saved plan')
  } catch (error) {
    run.host.log.error('the sensitive values of a saved plan were not read', errorFields(error))
  }
}

async function readSavedPlan(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new RunFailure('The engine made no execution plan.', { cause: error })
  }
}

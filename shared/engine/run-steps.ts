/** The steps of a run in their order. */
import { writeFile } from 'node:fs/promises'
import { adoptJournal } from './adoption.ts'
import { change, changeAsPlanned, endedByItself, initialise } from './engine-commands.ts'
import { engineEnvironment, writeCliConfig } from './engine-environment.ts'
import type { EngineExit } from './engine-process.ts'
import { fetchSavedPlan, learnFromSavedPlan, makePlan } from './plan-steps.ts'
import type { RunnerRequest } from './protocol.ts'
import {
  engineEnd,
  engineSetting,
  isTimeUp,
  patience,
  providerEnvironment,
  type Run,
  type RunEnd,
  type Step,
  timeIsUp,
  transferLimits,
} from './run.ts'
import { RunFailure } from './run-failure.ts'
import { watchSnapshots } from './snapshots.ts'
import { stateSecrets } from './state-secrets.ts'
import { fetchState, saveState } from './state-transfer.ts'
import { writeTemplate, writeVariables } from './workspace.ts'

/** What a request needs doing. @throws RunFailure when it lacks the address that its result is to be saved to. */
export function stepsOf({ command, state, plan }: RunnerRequest): readonly Step[] {
  const prepared: Step[] = [
    { name: 'prepare the workspace', run: prepareWorkspace },
    { name: 'fetch the state', run: fetchStoredState },
  ]
  const initialised: Step = { name: 'initialise the engine', run: initialiseEngine }
  if (command === 'plan') {
    const saveTo = required(plan?.writeUrl, 'execution plan')
    return [...prepared, initialised, { name: 'make the execution plan', run: (run) => makePlan(run, saveTo) }]
  }
  const saveTo = required(state.writeUrl, 'state')
  const changes = (run: Run) => change(engineSetting(run), providerEnvironment(run), command, run.variableFiles)
  const planAt = command === 'apply' ? plan?.readUrl : undefined
  const fetched: Step[] =
    planAt === undefined ? [] : [{ name: 'fetch the execution plan', run: (run) => fetchSavedPlan(run, planAt) }]
  return [
    ...prepared,
    ...fetched,
    initialised,
    { name: 'watch the state', run: (run) => watchState(run, saveTo) },
    { name: 'adopt what earlier runs created', run: adoptJournal },
    { name: 'run the engine', run: (run) => changeResources(run, planAt === undefined ? changes : asPlanned(changes)) },
  ]
}

/** One attempt at a snapshot must not delay the last save for long. */
const snapshotAttemptMs = 10_000

function required(url: string | undefined, what: string): string {
  if (url === undefined) throw new RunFailure(`The request does not say where to save the ${what}.`)
  return url
}

async function prepareWorkspace(run: Run): Promise<undefined> {
  const { workspace, request, report } = run
  const leftOut = await writeTemplate(workspace, request.files)
  run.variableFiles = await writeVariables(workspace, request.variables)
  run.cliConfig = await writeCliConfig(workspace, run.host.providerMirror)
  if (leftOut.length > 0)
    await report.log(`Left out of the template, since the service keeps the state: ${leftOut.join(', ')}`)
}

async function fetchStoredState(run: Run): Promise<undefined> {
  const { readUrl } = run.request.state
  if (readUrl === undefined) return
  const state = await fetchState(readUrl, transferLimits(run, { ...patience, endAtMs: run.limits.interruptAtMs }))
  run.report.learn(stateSecrets(state))
  await writeFile(run.workspace.stateFile, state, { mode: 0o600 })
}

async function initialiseEngine(run: Run): Promise<RunEnd | undefined> {
  if (isTimeUp(run)) return timeIsUp(run)
  const exit = await initialise(engineSetting(run), engineEnvironment(run))
  const end = await engineEnd(run, exit)
  run.initialised = end === undefined
  return end
}

/** From here on, whatever the engine makes of the state is saved. */
async function watchState(run: Run, saveTo: string): Promise<RunEnd | undefined> {
  if (isTimeUp(run)) return timeIsUp(run)
  run.snapshots = await watchSnapshots({
    stateFile: run.workspace.stateFile,
    save: (state, final) => {
      const attempts = final ? patience : { attempts: 1, attemptMs: snapshotAttemptMs }
      return saveState(saveTo, state, transferLimits(run, { ...attempts, endAtMs: run.limits.endAtMs }))
    },
    now: run.host.now,
  })
  return undefined
}

type Changes = (run: Run) => Promise<EngineExit>

async function changeResources(run: Run, changes: Changes): Promise<RunEnd | undefined> {
  if (isTimeUp(run)) return timeIsUp(run)
  const exit = await changes(run)
  run.engineCutOff = !endedByItself(exit)
  return engineEnd(run, exit)
}

/** The saved plan fits the state that it was made from only: after an adoption the template says what is left to do. */
function asPlanned(otherwise: Changes): Changes {
  return (run) => (run.adoption.changedState ? otherwise(run) : applySavedPlan(run))
}

/**
 * Carries out the saved plan. Its sensitive values are read beside it, and not before, since showing a plan takes as long
 * as beginning it; no line of the engine leaves until they are known.
 */
async function applySavedPlan(run: Run): Promise<EngineExit> {
  const { report } = run
  const setting = engineSetting(run)
  const learned = learnFromSavedPlan(run)
  const waiting: typeof report = {
    ...report,
    engineLine: async (text, interrupted) => {
      await learned
      await report.engineLine(text, interrupted)
    },
  }
  const [exit] = await Promise.all([
    changeAsPlanned({ ...setting, report: waiting }, providerEnvironment(run)),
    learned,
  ])
  return exit
}

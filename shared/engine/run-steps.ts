/** The steps of a run in their order, and the two closing ones, which take place however the others ended. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorFields, type Log } from '../aws/log.ts'
import type { Deadlines } from './deadlines.ts'
import { change, type EngineSetting, initialise, showState } from './engine-commands.ts'
import { engineEnvironment, writeCliConfig } from './engine-environment.ts'
import type { EngineExit } from './engine-process.ts'
import { withPluginCache } from './plugin-cache.ts'
import type { ResultLine, RunnerRequest } from './protocol.ts'
import { RunFailure } from './run-failure.ts'
import { AnswerBroken, type RunReport } from './run-report.ts'
import { type Snapshots, watchSnapshots } from './snapshots.ts'
import { fetchState, saveState, type TransferLimits } from './state-transfer.ts'
import { stateView } from './state-view.ts'
import { type Workspace, writeTemplate, writeVariables } from './workspace.ts'

/** What the runner's host gives to a run. */
export interface RunnerHost {
  /** Absolute path of the engine; throws RunFailure. */
  readonly findEngine: () => Promise<string>
  /** Folder for workspaces and the plugin cache, writable, kept by a warm runner. */
  readonly temporaryFolder: string
  /** Folder of providers that came with the engine; need not exist. */
  readonly providerMirror: string
  /** When the host ends the run without asking, in milliseconds since the epoch. */
  readonly hardStopAtMs: number
  /** Aborted when the host asks the run to end early. */
  readonly shutdown?: AbortSignal
  readonly now: () => number
  readonly log: Log
}

/** What the steps share; the fields that are not read-only are filled by the steps. */
export interface Run {
  readonly request: RunnerRequest
  readonly host: RunnerHost
  readonly report: RunReport
  readonly limits: Deadlines
  readonly binary: string
  readonly workspace: Workspace
  variableFiles: readonly string[]
  cliConfig?: string | undefined
  /** From here on the engine can show the state. */
  initialised: boolean
  snapshots?: Snapshots
}

export type RunEnd = Pick<ResultLine, 'outcome' | 'message'>

interface Step {
  /** Completes the sentence "the runner could not ...". */
  readonly name: string
  /** Returns how the run ends, or undefined to go on. */
  readonly run: (run: Run) => Promise<RunEnd | undefined>
}

export const steps: readonly Step[] = [
  { name: 'prepare the workspace', run: prepareWorkspace },
  { name: 'fetch the state', run: fetchStoredState },
  { name: 'initialise the engine', run: initialiseEngine },
  { name: 'run the engine', run: changeResources },
]

const timeIsUp: RunEnd = {
  outcome: 'interrupted',
  message:
    'The time of this run is up: the engine was interrupted, its state is kept, and the deployment can go on from it.',
}

/** One attempt at a snapshot must not delay the last save for long. */
const snapshotAttemptMs = 10_000
const patience = { attempts: 8, attemptMs: 30_000 }

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
  await writeFile(run.workspace.stateFile, state, { mode: 0o600 })
}

async function initialiseEngine(run: Run): Promise<RunEnd | undefined> {
  if (isTimeUp(run)) return timeIsUp
  const cacheFolder = join(run.host.temporaryFolder, 'rfs-plugin-cache')
  const exit = await withPluginCache(cacheFolder, run.host.now, (pluginCache) =>
    initialise(engineSetting(run), engineEnvironment({ ...run, pluginCache })),
  )
  const end = await engineEnd(run, exit)
  run.initialised = end === undefined
  return end
}

async function changeResources(run: Run): Promise<RunEnd | undefined> {
  if (isTimeUp(run)) return timeIsUp
  const { workspace, request, host } = run
  run.snapshots = await watchSnapshots({
    stateFile: workspace.stateFile,
    save: (state, final) => {
      const attempts = final ? patience : { attempts: 1, attemptMs: snapshotAttemptMs }
      return saveState(request.state.writeUrl, state, transferLimits(run, { ...attempts, endAtMs: run.limits.endAtMs }))
    },
    now: host.now,
  })
  const exit = await change(engineSetting(run), engineEnvironment(run), request.command, run.variableFiles)
  return engineEnd(run, exit)
}

/**
 * Saves the state that the engine left. Never throws.
 * `problem` says why the state that was saved, if any, is not the last one.
 */
export async function saveLastState(run: Run): Promise<{ saved: boolean; problem?: string }> {
  const { snapshots, report, host } = run
  if (!snapshots) return { saved: false }
  try {
    await snapshots.stop()
    const found = await snapshots.finish()
    if (found === 'complete') return { saved: true }
    if (found === 'none' && !report.findings.touchedResources) return { saved: false }
    const problem =
      found === 'none'
        ? 'The engine changed resources but left no state behind.'
        : 'The engine was ended while it wrote its state; the last complete state was kept.'
    return { saved: snapshots.saved(), problem }
  } catch (error) {
    host.log.error('the last state was not saved', errorFields(error))
    return { saved: snapshots.saved(), problem: explainFailure(error, 'save the state') }
  }
}

/**
 * Emits the resources and outputs that the state has now, if the engine got as far as to be able to show it.
 * @returns whether all of them were emitted. @throws AnswerBroken
 */
export async function streamView(run: Run): Promise<boolean> {
  const { report, host, limits } = run
  if (!run.snapshots || !run.initialised) return false
  try {
    const untilEnd = { interruptAtMs: limits.endAtMs, killAtMs: limits.endAtMs, now: host.now }
    const shown = await showState({ ...engineSetting(run), limits: untilEnd }, engineEnvironment(run))
    if (shown !== undefined) {
      const { resources, outputs } = stateView(shown)
      for (const resource of resources) await report.emit({ type: 'resource', resource })
      for (const output of outputs) await report.emit({ type: 'output', output })
      return true
    }
  } catch (error) {
    if (error instanceof AnswerBroken) throw error
    host.log.error('the state was not shown', errorFields(error))
  }
  await report.log('The engine could not show the resources of its state; those known from before are kept.')
  return false
}

/** A sentence for people about an error of ours or of the operating system. */
export function explainFailure(error: unknown, stepName: string): string {
  if (error instanceof RunFailure) return error.message
  const { code, syscall } = error as { code?: string; syscall?: string }
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'The runner has no disk space left.'
  if (syscall?.startsWith('spawn')) return `The deployment engine cannot be started (${code}).`
  return `The runner could not ${stepName}${code === undefined ? '' : ` (${code})`}.`
}

/** How a command's end ends the run; undefined when it went well. */
async function engineEnd({ report }: Run, exit: EngineExit): Promise<RunEnd | undefined> {
  const { firstError, failedBeforeInterrupt, plainText } = report.findings
  if (exit.code === 0) return undefined
  if (exit.interrupted && !failedBeforeInterrupt) {
    await report.log(timeIsUp.message!)
    return timeIsUp
  }
  if (firstError !== undefined) return { outcome: 'failed', message: firstError }
  const said = [exit.errorText.trim(), plainText.join('\n').trim()].find((text) => text !== '')
  const ended = exit.code === null ? 'was ended by the system' : `ended with code ${exit.code}`
  const message = report.clean(
    said === undefined ? `The engine ${ended} without saying why.` : `The engine ${ended}: ${said}`,
  )
  await report.error(message)
  return { outcome: 'failed', message }
}

function engineSetting({ binary, workspace, report, limits, host }: Run): EngineSetting {
  return { binary, workspace, report, limits: { ...limits, shutdown: host.shutdown, now: host.now } }
}

function isTimeUp({ host, limits }: Run): boolean {
  return host.shutdown?.aborted || host.now() >= limits.interruptAtMs
}

function transferLimits(run: Run, limits: Omit<TransferLimits, 'now'>): TransferLimits {
  return { ...limits, now: run.host.now }
}

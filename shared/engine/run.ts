/** What the steps of a run share, and how a command of the engine ends one. */
import type { Log } from '../aws/log.ts'
import type { Deadlines } from './deadlines.ts'
import type { EngineSetting } from './engine-commands.ts'
import { engineEnvironment } from './engine-environment.ts'
import type { EngineExit } from './engine-process.ts'
import type { ResultLine, RunnerRequest } from './protocol.ts'
import { RunFailure } from './run-failure.ts'
import type { RunReport } from './run-report.ts'
import type { Snapshots } from './snapshots.ts'
import type { StopSign } from './stop-sign.ts'
import type { TransferLimits } from './transfer.ts'
import type { Workspace } from './workspace.ts'

/** What the runner's host gives to a run. */
export interface RunnerHost {
  /** Absolute path of the engine; throws RunFailure. */
  readonly findEngine: () => Promise<string>
  /** Folder for workspaces, writable, kept by a warm runner. */
  readonly temporaryFolder: string
  /** Whether no other run can be under way in this folder: then whatever is there belongs to a run that was ended. */
  readonly alone?: boolean
  /** Folder of providers that came with the engine; need not exist. */
  readonly providerMirror: string
  /** Folders that no engine may see; absent where every run has a sandbox of its own, or where none can be confined. */
  readonly hiddenFolders?: readonly string[] | undefined
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
  readonly stopSign: StopSign
  readonly limits: Deadlines
  readonly binary: string
  readonly workspace: Workspace
  variableFiles: readonly string[]
  cliConfig?: string | undefined
  /** From here on the engine can show the state. */
  initialised: boolean
  snapshots?: Snapshots
  adoption: Adoption
  /** The engine did not end by itself: it may have told of what its state does not hold. */
  engineCutOff: boolean
}

export interface Adoption {
  /** What the journal names is in the state, or an event says why not. */
  readonly settled: boolean
  /** The state is not any more the one that was fetched. */
  readonly changedState: boolean
  /** What was created and could not be adopted: addresses with ids. */
  readonly lost: readonly string[]
}

export type RunEnd = Pick<ResultLine, 'outcome' | 'message' | 'planned'>

export interface Step {
  /** Completes the sentence "the runner could not ...". */
  readonly name: string
  /** Returns how the run ends, or undefined to go on. */
  readonly run: (run: Run) => Promise<RunEnd | undefined>
}

/** The patience with a transfer that a run cannot do without. */
export const patience = { attempts: 8, attemptMs: 30_000 }

export function transferLimits(run: Run, limits: Omit<TransferLimits, 'now'>): TransferLimits {
  return { ...limits, now: run.host.now }
}

/** The environment of a command in which providers are at work; all others go without credentials. */
export function providerEnvironment(run: Run): Record<string, string> {
  return engineEnvironment({ ...run, providers: run.request.providerEnvironment })
}

export function engineSetting({ binary, workspace, report, limits, host, stopSign }: Run): EngineSetting {
  const { hiddenFolders, now } = host
  const confinement = hiddenFolders && { hidden: hiddenFolders, shown: workspace.root }
  return {
    binary,
    workspace,
    report,
    limits: { ...limits, confinement, shutdown: askedToStop({ host, stopSign }), now },
    quietFromMs: limits.quietFromMs,
  }
}

/** Aborted once the host, or the stop sign, asks the run to end early. */
function askedToStop({ host, stopSign }: Pick<Run, 'host' | 'stopSign'>): AbortSignal {
  return host.shutdown ? AbortSignal.any([host.shutdown, stopSign.signal]) : stopSign.signal
}

/** For commands that close a run: they have the time that is left for the state, and no shutdown stops them. */
export function closingSetting(run: Run): EngineSetting {
  const { endAtMs } = run.limits
  const { quietFromMs: _none, ...setting } = engineSetting(run)
  return { ...setting, limits: { ...setting.limits, interruptAtMs: endAtMs, killAtMs: endAtMs, shutdown: undefined } }
}

export function isTimeUp({ host, limits, stopSign }: Run): boolean {
  return askedToStop({ host, stopSign }).aborted || host.now() >= limits.interruptAtMs
}

/** How a run ends whose time was up, or that was asked to stop, before its work was done. */
export function timeIsUp({ request, stopSign }: Run): RunEnd {
  if (stopSign.signal.aborted) {
    return { outcome: 'interrupted', message: 'The engine was interrupted as requested; its state is kept.' }
  }
  const message =
    request.command === 'plan'
      ? 'The time of this run is up: the engine was interrupted before the execution plan was made.'
      : 'The time of this run is up: the engine was interrupted, its state is kept, and the deployment can go on from it.'
  return { outcome: 'interrupted', message }
}

/** How a command's end ends the run; undefined when it went well. */
export async function engineEnd(run: Run, exit: EngineExit): Promise<RunEnd | undefined> {
  const { report } = run
  const { firstError, failedBeforeInterrupt, plainText } = report.findings
  if (exit.code === 0) return undefined
  if (exit.interrupted && !failedBeforeInterrupt) {
    const end = timeIsUp(run)
    await report.log(end.message!)
    return end
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

/** A sentence for people about an error of ours or of the operating system. */
export function explainFailure(error: unknown, stepName: string): string {
  if (error instanceof RunFailure) return error.message
  const { code, syscall } = error as { code?: string; syscall?: string }
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'The runner has no disk space left.'
  if (/^(spawn|access)/.test(syscall ?? '')) return `The deployment engine cannot be started (${code}).`
  return `The runner could not ${stepName}${code === undefined ? '' : ` (${code})`}.`
}

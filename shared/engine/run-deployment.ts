/**
 * One run of the engine for one deployment or execution plan, from the request to the `result` line. Promises: the last
 * state is saved whatever happens, no process and no file of the run is left behind, and nothing but a caller that has gone
 * makes it throw. Decides nothing about the stack: that is the worker's part.
 */
import { errorFields, type Log } from '../aws/log.ts'
import { deadlines } from './deadlines.ts'
import type { ResultLine, RunnerLine, RunnerRequest } from './protocol.ts'
import { explainFailure, type Run, type RunEnd, type RunnerHost } from './run.ts'
import { saveLastState, streamView } from './run-closing.ts'
import { AnswerBroken, createReport, type RunReport } from './run-report.ts'
import { stepsOf } from './run-steps.ts'
import { removeStaleWorkspaces } from './stale-workspaces.ts'
import { watchStopSign } from './stop-sign.ts'
import { killStrayProcesses } from './stray-processes.ts'
import { createWorkspace, hideWorkspace, removeWorkspace, type Workspace } from './workspace.ts'

/**
 * Runs the engine as requested and passes every line of the answer to `emit`, the `result` line last.
 * `emit` may return a promise to slow the run down; when it rejects, the engine is interrupted and the state saved.
 * @throws AnswerBroken when `emit` rejects; everything else becomes a `failed` result.
 */
export async function runDeployment(
  request: RunnerRequest,
  emit: (line: RunnerLine) => void | Promise<void>,
  host: RunnerHost,
): Promise<void> {
  let workspace: Workspace | undefined
  const report = createReport({
    emit,
    hidePaths: (message) => (workspace ? hideWorkspace(message, workspace) : message),
    now: host.now,
  })
  report.learn(request.secrets ?? [])
  const times = { startedAtMs: host.now(), hardStopAtMs: host.hardStopAtMs, stopAtMs: request.stopAtMs }
  try {
    const opened = await openRun(host, report, (made) => {
      workspace = made
    })
    if ('outcome' in opened) return await emitResult(report, opened)
    await conductRun({
      ...opened,
      request,
      host,
      report,
      stopSign: watchStopSign(request.stopSign?.readUrl, report.log),
      limits: deadlines(times),
      variableFiles: [],
      initialised: false,
      adoption: { settled: (request.journal ?? []).length === 0, changedState: false, lost: [] },
      engineCutOff: false,
    })
  } finally {
    if (workspace) await cleanUp(workspace, host.log)
  }
}

type Opened = Pick<Run, 'binary' | 'workspace'>

async function openRun(
  host: RunnerHost,
  report: RunReport,
  onWorkspace: (workspace: Workspace) => void,
): Promise<Opened | RunEnd> {
  try {
    await clearStale(host)
    const binary = await host.findEngine()
    const workspace = await createWorkspace(host.temporaryFolder)
    onWorkspace(workspace)
    return { binary, workspace }
  } catch (error) {
    return failedEnd(error, 'begin', host, report)
  }
}

async function conductRun(run: Run): Promise<void> {
  let end: RunEnd
  try {
    end = await runSteps(run)
  } catch (error) {
    await saveLastState(run)
    throw error
  } finally {
    await run.stopSign.end()
  }
  const saving = saveLastState(run)
  let viewComplete = false
  try {
    viewComplete = await streamView(run)
  } finally {
    await saving
  }
  const { saved, problem } = await saving
  if (problem !== undefined) {
    await run.report.error(problem)
    end = { outcome: 'failed', message: end.message === undefined ? problem : `${end.message} ${problem}` }
  }
  const stopped = run.stopSign.signal.aborted ? { stopped: true } : {}
  const settled = settlement(run, problem === undefined)
  await emitResult(run.report, end, { stateSaved: saved, viewComplete, ...stopped, ...settled })
}

/** @param lastStateSaved false when a state that the engine left, or should have left, is not in the store */
function settlement(
  { adoption, engineCutOff, report }: Run,
  lastStateSaved: boolean,
): Pick<ResultLine, 'settled' | 'lost'> {
  const lost = adoption.lost.map(report.clean)
  return { settled: adoption.settled && !engineCutOff && lastStateSaved, ...(lost.length > 0 ? { lost } : {}) }
}

/** Runs the steps in order until one ends the run. Throws AnswerBroken only. */
async function runSteps(run: Run): Promise<RunEnd> {
  let stepName = 'begin'
  try {
    for (const step of stepsOf(run.request)) {
      stepName = step.name
      const end = await step.run(run)
      if (end) return end
    }
    return { outcome: 'succeeded' }
  } catch (error) {
    if (error instanceof AnswerBroken) throw error
    return failedEnd(error, stepName, run.host, run.report)
  }
}

async function failedEnd(error: unknown, stepName: string, host: RunnerHost, report: RunReport): Promise<RunEnd> {
  const message = report.clean(explainFailure(error, stepName))
  host.log.error('a run ended early', { step: stepName, ...errorFields(error) })
  await report.error(message)
  return { outcome: 'failed', message }
}

async function emitResult(
  report: RunReport,
  end: RunEnd,
  facts: Pick<ResultLine, 'stateSaved' | 'viewComplete' | 'stopped' | 'settled' | 'lost'> = {
    stateSaved: false,
    viewComplete: false,
  },
): Promise<void> {
  await report.emit({
    type: 'result',
    outcome: end.outcome,
    ...(end.message === undefined ? {} : { message: report.clean(end.message) }),
    ...(end.planned === undefined ? {} : { planned: end.planned }),
    ...facts,
    touchedResources: report.findings.touchedResources,
  })
}

/** Housekeeping: its failure must not be this run's. */
async function clearStale({ temporaryFolder, alone, now, log }: RunnerHost): Promise<void> {
  try {
    const removed = await removeStaleWorkspaces(temporaryFolder, now, alone)
    if (removed > 0) log.warn('workspaces of runs that were ended from outside were removed', { removed })
  } catch (error) {
    log.error('stale workspaces could not be removed', errorFields(error))
  }
}

/** What cannot be removed is logged, not reported: the deployment itself is over and well. */
async function cleanUp(workspace: Workspace, log: Log): Promise<void> {
  try {
    const killed = await killStrayProcesses(workspace.root)
    if (killed > 0) log.warn('a template left processes running', { killed })
    await removeWorkspace(workspace)
  } catch (error) {
    log.error('a workspace could not be removed', errorFields(error))
  }
}

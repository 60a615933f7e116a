/** The two closing steps of a run that may have changed resources; they take place however the others ended. */
import { errorFields } from '../aws/log.ts'
import { showState } from './engine-commands.ts'
import { engineEnvironment } from './engine-environment.ts'
import { closingSetting, explainFailure, type Run } from './run.ts'
import { AnswerBroken } from './run-report.ts'
import { stateView } from './state-view.ts'

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
  const { report, host } = run
  if (!run.snapshots || !run.initialised) return false
  try {
    const shown = await showState(closingSetting(run), engineEnvironment(run))
    if (shown !== undefined) {
      const { resources, outputs, secrets } = stateView(shown)
      report.learn(secrets)
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

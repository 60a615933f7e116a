/**
 * The way of a job, from its message to its outcome: find, claim, run, commit. Nothing is acknowledged before the outcome is
 * committed; whatever goes wrong before that leaves the message, and the job, to the next delivery.
 */
import { BlobMissing } from '../aws/blobs.ts'
import { errorFields, type Log } from '../aws/log.ts'
import { RunnerBusy, RunnerDied } from '../aws/runner-client.ts'
import type { ResultLine } from '../engine/protocol.ts'
import { claimJob } from '../job/claim.ts'
import type { JobMessage } from '../job/queue.ts'
import { overdue } from '../job/record.ts'
import type { JobKind } from '../stack/lifecycle.ts'
import { differentSnapshots } from '../stack/record.ts'
import { type ConcludeDependencies, conclude, type Run } from './conclude.ts'
import type { Deadlines } from './deadlines.ts'
import { type EventWriter, flushPatiently, openEventWriter } from './event-writer.ts'
import { jobWords } from './job-words.ts'
import { type Ending, type RunTrace, type WorkingStack, withTrace } from './outcome.ts'
import { type EngineDependencies, type EngineRun, runEngine, stateKeyOf } from './run-engine.ts'
import { findStackJob } from './stack-job.ts'
import { unsettledBefore, withRunBegun } from './unsettled.ts'

export interface WorkDependencies extends EngineDependencies, ConcludeDependencies {
  /** See `singleHostId`. */
  readonly hostId?: string | undefined
}

/** A job that killed the engine's host this often is given up. */
const mostDeaths = 3
/** A job is given up after so many runs in a row in which nothing came to its end: it would begin the same again for hours. */
const mostIdleRuns = 4

/**
 * The engine runs that do a job's work; several are alternatives, tried in order while nothing was touched.
 * A deletion first uses the template asked for last; if that one cannot even be planned, the last one that deployed.
 */
export function engineRuns(stack: WorkingStack): EngineRun[] {
  const { job, target, stable } = stack
  const hasNone = job.erasing || (!stack.mayHaveResources && unsettledBefore(stack) === undefined)
  if (job.kind === 'forget' || (job.kind === 'delete' && hasNone)) return []
  if (job.kind === 'deploy') return target ? [{ command: 'apply', snapshot: target }] : []
  if (job.kind === 'rollback' && stable) return [{ command: 'apply', snapshot: stable }]
  return differentSnapshots([target, stable]).map((snapshot) => ({ command: 'destroy', snapshot }))
}

function endingOf({ outcome, message, lost = [] }: ResultLine, kind: JobKind): Ending {
  if (outcome !== 'succeeded') {
    return { succeeded: false, message: message ?? 'The engine failed without saying why; see the events.' }
  }
  if (kind !== 'delete' || lost.length === 0) return { succeeded: true }
  // With the stack, the events that tell of these would go.
  return {
    succeeded: false,
    message: `Resources that the stack created may still exist: ${lost.join(', ')}. Look for them at their provider, then delete the stack again.`,
  }
}

async function runAll(deps: WorkDependencies, stack: WorkingStack, events: EventWriter, stopAt: Date): Promise<Run> {
  let current = stack
  let run: Run = { ending: { succeeded: true }, trace: {} }
  for (const engineRun of engineRuns(stack)) {
    const { result, trace } = await runEngine(deps, current, engineRun, { events, stopAt, now: deps.clock.now() })
    const { stopped } = result
    if (result.outcome === 'interrupted') return { ending: 'interrupted', trace, stopped }
    run = { ending: endingOf(result, stack.job.kind), trace, stopped }
    if (result.outcome === 'succeeded' || result.touchedResources) break
    current = withTrace(current, trace)
  }
  return run
}

/** What a run that ended out of order had saved, so that the next one continues from there. */
async function recoverState({ blobs }: WorkDependencies, stack: WorkingStack): Promise<RunTrace> {
  const { unsettled } = stack
  if (!unsettled) return {}
  const stateKey = stateKeyOf(stack, unsettled.last.deploymentId, unsettled.last.attempt)
  return (await blobs.list(stateKey)).includes(stateKey) ? { stateKey } : {}
}

/** The failures of a run that are outcomes of the job, not reasons to deliver it again. */
async function runOrExplain(
  deps: WorkDependencies,
  log: Log,
  stack: WorkingStack,
  events: EventWriter,
  { stopAt }: Deadlines,
): Promise<Run> {
  const late = overdue(stack.job, deps.clock.now())
  if (late) return { ending: { succeeded: false, message: late }, trace: {} }
  if (stack.job.cancellation && !stack.job.erasing) return { ending: 'interrupted', trace: {} }
  try {
    const run = await runAll(deps, stack, events, stopAt)
    const idle = run.ending === 'interrupted' && events.course.finished() === 0
    if (!idle || (stack.job.idleRuns ?? 0) + 1 < mostIdleRuns) return run
    const message = `Nothing came to its end in ${mostIdleRuns} runs of the engine: something in the template takes longer than one run may.`
    return { ...run, ending: { succeeded: false, message } }
  } catch (error) {
    log.warn('the run ended without a result', errorFields(error))
    if (error instanceof BlobMissing) {
      const message = 'The template or the variables of this deployment are missing from the storage; deploy again.'
      return { ending: { succeeded: false, message }, trace: {} }
    }
    // Of several runs, an earlier one may have saved a state.
    if (error instanceof RunnerBusy) return { ending: 'busy', trace: await recoverState(deps, stack) }
    if (!(error instanceof RunnerDied && error.certain)) throw error
    const trace = await recoverState(deps, stack)
    if ((stack.job.deaths ?? 0) + 1 < mostDeaths) return { ending: 'died', trace }
    const message = `The engine stopped unexpectedly ${mostDeaths} times; the template may need more memory or disk than it gets.`
    return { ending: { succeeded: false, message }, trace }
  }
}

/** Runs a claimed job to its end, or to the point from which another delivery continues. */
async function perform(deps: WorkDependencies, log: Log, stack: WorkingStack, deadlines: Deadlines): Promise<void> {
  const { job } = stack
  const events = openEventWriter(deps.events, stack, deps.clock)
  await deps.deployments.begin(stack.id, job, job.kind, deps.clock.now())
  const begins = job.attempt === 1 || job.kind === 'rollback'
  events.log(begins ? jobWords[job.kind].begin : `Continued by attempt ${job.attempt}.`)
  const run = await runOrExplain(deps, log, stack, events, deadlines).catch(async (error) => {
    await flushPatiently(events).catch((lost) => log.error('events of a run are lost', errorFields(lost)))
    throw error
  })
  await conclude(deps, log, stack, run, { events, stopAt: deadlines.stopAt })
}

/**
 * Does the work of a message.
 * @throws ClaimLost when the job is over or somebody else's: acknowledge the message.
 * @throws Error anything else: leave the message, the job is delivered again.
 */
export async function work(deps: WorkDependencies, log: Log, message: JobMessage, deadlines: Deadlines): Promise<void> {
  const seen = await findStackJob(deps.stacks, message)
  if (!seen) {
    log.info('the message points at a job that is over')
    return
  }
  const { clock, hostId } = deps
  const recover = async (found: WorkingStack) => withRunBegun(withTrace(found, await recoverState(deps, found)))
  const options = { now: clock.now(), leaseUntil: deadlines.leaseUntil, hostId, recover }
  const stack = await claimJob(deps.stacks, seen, options)
  log.info('job claimed', { kind: stack.job.kind, attempt: stack.job.attempt })
  await perform(deps, log, stack, deadlines)
}

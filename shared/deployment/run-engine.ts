/** One run of the engine for a job: inputs in, events and the view of the state out. */
import type { Blobs } from '../aws/blobs.ts'
import type { RunnerClient } from '../aws/runner-client.ts'
import type {
  EngineCommand,
  EngineEvent,
  Output,
  ResourceInstance,
  ResultLine,
  RunnerRequest,
} from '../engine/protocol.ts'
import type { RunRef, Snapshot, StackRecord } from '../stack/record.ts'
import type { EventWriter } from './event-writer.ts'
import type { EventStore } from './events.ts'
import type { JobSecrets } from './job-secrets.ts'
import { type Journal, readJournal } from './journal.ts'
import type { RunTrace, WorkingStack } from './outcome.ts'
import { bytesOf, fitting, mostRequestBytes } from './request-size.ts'
import { emptyView, viewAfter } from './resources.ts'
import { failedForInputs, otherInputs, runnerInputs } from './runner-inputs.ts'
import { blobPrefix, type SnapshotStore } from './snapshots.ts'
import { stopSignKey } from './stop-sign.ts'
import type { ViewStore } from './view-store.ts'

export interface EngineRun {
  readonly command: EngineCommand
  readonly snapshot: Snapshot
}

export interface EngineDependencies {
  readonly blobs: Blobs
  readonly snapshots: SnapshotStore
  readonly views: ViewStore
  readonly events: EventStore
  readonly runner: RunnerClient
  readonly secrets: JobSecrets
}

export interface EngineResult {
  readonly result: ResultLine
  readonly trace: RunTrace
}

/** Links outlive the run they are for by this much, for a last snapshot at its very end. */
const linkMarginSeconds = 60

/** Where an attempt saves the state; another attempt finds it there when this one cannot report it. */
export function stateKeyOf(stack: StackRecord, deploymentId: string, attempt: number): string {
  return `${blobPrefix(stack)}states/${deploymentId}-${attempt}.json`
}

/** The run that saved a state; undefined for a key of another form. */
export function runOfState(stateKey: string): RunRef | undefined {
  const [, deploymentId, attempt] = /states\/([^/]+)-(\d+)\.json$/.exec(stateKey) ?? []
  return deploymentId === undefined ? undefined : { deploymentId, attempt: Number(attempt) }
}

/** How long links for a run must hold, in seconds. */
export function linkSeconds(stopAt: Date, now: Date): number {
  return Math.ceil((stopAt.getTime() - now.getTime()) / 1000) + linkMarginSeconds
}

/** The saved plan to carry out: only on the state that it was made from. A job that changed that goes on with the template. */
function savedPlanKey({ job, stateKey }: WorkingStack, { command }: EngineRun): string | undefined {
  return command === 'apply' && job.plan && job.plan.madeFromStateKey === stateKey ? job.plan.fileKey : undefined
}

async function request(
  { blobs, snapshots, secrets }: EngineDependencies,
  stack: WorkingStack,
  run: EngineRun,
  journal: Journal,
  stopAt: Date,
  now: Date,
): Promise<RunnerRequest> {
  const expiresInSeconds = linkSeconds(stopAt, now)
  const planKey = savedPlanKey(stack, run)
  const [inputs, others, readUrl, writeUrl, planUrl, stopUrl] = await Promise.all([
    runnerInputs({ snapshots, secrets }, stack, run.snapshot, expiresInSeconds),
    journal.entries.length > 0 ? otherInputs({ snapshots, secrets }, stack, run.snapshot, expiresInSeconds) : [],
    stack.stateKey && blobs.linkToGet(stack.stateKey, expiresInSeconds),
    blobs.linkToPut(stateKeyOf(stack, stack.job.deploymentId, stack.job.attempt), expiresInSeconds),
    planKey && blobs.linkToGet(planKey, expiresInSeconds),
    blobs.linkToGet(stopSignKey(stack), expiresInSeconds),
  ])
  const usable = fitting(others, mostRequestBytes - bytesOf([inputs, journal.entries]))
  const otherTemplates = usable.map(({ files, variables }) => ({ files, variables }))
  const hidden = [inputs, ...usable].flatMap(({ secrets: texts = [] }) => texts)
  return {
    command: run.command,
    ...inputs,
    ...(hidden.length > 0 ? { secrets: [...new Set(hidden)] } : {}),
    ...(journal.entries.length > 0 ? { journal: [...journal.entries] } : {}),
    ...(otherTemplates.length > 0 ? { otherTemplates } : {}),
    state: { ...(readUrl ? { readUrl } : {}), writeUrl },
    ...(planUrl ? { plan: { readUrl: planUrl } } : {}),
    stopSign: { readUrl: stopUrl },
    stopAtMs: stopAt.getTime(),
  }
}

/**
 * Whether something may exist that only events tell of. They go with the stack, so a deletion does not settle this before it
 * can end with a message that says so.
 */
function isUntold({ outcome, lost = [] }: ResultLine): boolean {
  return lost.length > 0 && outcome !== 'succeeded'
}

/** More than a run can compare: what a person has to do instead. */
function tellLeftOut(events: EventWriter, { leftOut }: Journal, now: Date): void {
  if (leftOut === 0) return
  const message = `${leftOut} resources that runs without an orderly end told of are not compared with the state, because there are too many. Compare their events with the resources of the stack, and with those at the provider.`
  events.add({ time: now.toISOString(), type: 'ERROR', message })
}

/** The engine's error texts by resource. */
function errorsByAddress(events: readonly EngineEvent[]): Map<string, string> {
  const errors = new Map<string, string>()
  for (const { type, resource, message } of events) {
    if (type === 'ERROR' && resource && !errors.has(resource.address)) errors.set(resource.address, message)
  }
  return errors
}

/**
 * Runs the engine and stores what the stack shows afterwards. Commits nothing: the caller does, under its claim.
 * @throws RunnerDied when the runner's host dies; the state it saved until then is in the bucket.
 */
export async function runEngine(
  dependencies: EngineDependencies,
  stack: WorkingStack,
  run: EngineRun,
  { events, stopAt, now }: { events: EventWriter; stopAt: Date; now: Date },
): Promise<EngineResult> {
  const { views, runner } = dependencies
  const journal = await readJournal(dependencies.events, stack, stack.stateKey ? runOfState(stack.stateKey) : undefined)
  tellLeftOut(events, journal, now)
  const prepared = await request(dependencies, stack, run, journal, stopAt, now).catch((error) =>
    failedForInputs(error, stack),
  )
  if ('type' in prepared) return { result: prepared, trace: {} }
  const resources: ResourceInstance[] = []
  const outputs: Output[] = []
  let result: ResultLine | undefined
  for await (const line of runner.run(prepared)) {
    if (line.type === 'event') events.add(line.event)
    else if (line.type === 'resource') resources.push(line.resource)
    else if (line.type === 'output') outputs.push(line.output)
    else if (line.type === 'result') result = line
  }
  if (!result) throw new Error('the runner client ended without a result')

  const { deploymentId, attempt } = stack.job
  const stateKey = result.stateSaved ? stateKeyOf(stack, deploymentId, attempt) : undefined
  const settled = result.settled && !(stack.job.kind === 'delete' && isUntold(result))
  if (!result.viewComplete) return { result, trace: { stateKey, settled } }
  // A view that was lost must not cost the outcome of the run: what is shown comes from this run alone then.
  const before = (await views.load(stack)) ?? emptyView
  const viewKey = `${blobPrefix(stack)}views/${deploymentId}-${attempt}.json`
  const told = events.course.events()
  await views.save(viewKey, viewAfter(before, { resources, outputs }, told, errorsByAddress(told)))
  return { result, trace: { stateKey, viewKey, mayHaveResources: resources.length > 0, settled } }
}

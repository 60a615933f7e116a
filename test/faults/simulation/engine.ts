/**
 * The simulated runner: what `functions/jobs/runner.ts` promises to the worker, without a process. Resources are made in the
 * outside world one after the other, each is reported when it is there, the state is saved while the engine works and at
 * its end, and time limits are kept as the real one keeps them.
 */
import { deadlines } from '../../../shared/engine/deadlines.ts'
import type { ResultLine, RunnerLine, RunnerRequest } from '../../../shared/engine/protocol.ts'
import { keyOfLink } from './bucket.ts'
import { adoptJournal } from './engine-adoption.ts'
import { carryOut } from './engine-operations.ts'
import { download, type EngineRun, isToStop, resourceOf, saveSoon, saveState, upload, work } from './engine-run.ts'
import {
  type EngineState,
  noState,
  type Operation,
  operationsFor,
  readTemplate,
  type SavedPlan,
} from './engine-state.ts'
import type { Services } from './services.ts'
import type { AnswerStream } from './stream.ts'
import { addressOf, type TemplateResource } from './template.ts'

/** Whoever reads the answer has gone: the run ends, after the state is saved. */
class AnswerBroken extends Error {}

export interface EngineHost {
  readonly services: Services
  readonly stream: AnswerStream
  readonly hardStopAtMs: number
}

type End = Pick<ResultLine, 'outcome' | 'message'> & { readonly cutOff?: boolean }

const facts = { stateSaved: false, viewComplete: false, touchedResources: false }
const failedBefore = (message: string): ResultLine => ({ type: 'result', outcome: 'failed', message, ...facts })

async function change(run: EngineRun, wanted: readonly TemplateResource[]): Promise<End> {
  let failure: string | undefined
  const stuck = new Set<string>()
  for (const operation of operationsFor(run.state, wanted)) {
    // What could not be deleted is not made again.
    if (operation.kind === 'create' && stuck.has(addressOf(operation.wanted))) continue
    if (Date.now() >= run.limits.interruptAtMs || (await isToStop(run))) return { outcome: 'interrupted' }
    const end = await carryOut(run, operation)
    saveSoon(run)
    if (end === 'killed') return { outcome: 'interrupted', cutOff: true }
    // What does not depend on a failed resource is still made.
    if (end === 'failed') failure ??= 'a resource could not be changed'
    if (end === 'failed' && operation.kind === 'delete') stuck.add(addressOf(operation.present))
  }
  return failure ? { outcome: 'failed', message: failure } : { outcome: 'succeeded' }
}

/** Runs an engine that changes resources, and saves its last state whatever becomes of it. */
async function changeAndSave(run: EngineRun, toDo: () => readonly TemplateResource[]): Promise<ResultLine> {
  const first = run.state.serial
  run.savedSerial = first
  let end: End
  let broken: AnswerBroken | undefined
  let saved = true
  try {
    adoptJournal(run)
    saveSoon(run)
    end = await change(run, toDo())
  } catch (error) {
    if (!(error instanceof AnswerBroken)) throw error
    broken = error
    end = { outcome: 'interrupted' }
  }
  await run.saving
  if (run.state.serial !== run.savedSerial) {
    await saveState(run, 8).catch(() => {
      saved = false
      end = { outcome: 'failed', message: 'The state could not be saved.' }
    })
  }
  if (broken) throw broken
  for (const { type, name, id } of run.state.resources) {
    const shown = { ...resourceOf({ type, name }), type, name, id, tainted: false, attributes: [] }
    run.emit({ type: 'resource', resource: shown })
  }
  const { cutOff = false, ...outcome } = end
  return {
    type: 'result',
    ...outcome,
    stateSaved: run.savedSerial !== first,
    viewComplete: true,
    touchedResources: run.touched,
    settled: saved && !cutOff,
    ...(run.stopped ? { stopped: true } : {}),
    ...(run.lost.length > 0 ? { lost: run.lost } : {}),
  }
}

function emitItem(run: EngineRun, operation: Operation): void {
  const { type, name } = operation.kind === 'delete' ? operation.present : operation.wanted
  const action = { create: 'ADD', update: 'UPDATE', delete: 'DELETE' } as const
  const shown = { address: addressOf({ type, name }), type, name, action: action[operation.kind] }
  const always = { provider: 'sim', mode: 'RESOURCE' as const, drifted: false, imported: false, attributes: [] }
  run.emit({ type: 'item', item: { ...shown, ...always } })
}

async function makePlan(run: EngineRun, wanted: readonly TemplateResource[]): Promise<ResultLine> {
  const { request, services } = run
  const operations = operationsFor(run.state, wanted)
  if (!(await work(run, 5))) return { type: 'result', outcome: 'interrupted', ...facts }
  const plan: SavedPlan = { serial: run.state.serial, template: request.files[0]?.content ?? '' }
  const content = JSON.stringify(plan)
  const saved = await upload(services, 'the plan', request.plan?.writeUrl ?? '', content, 8).then(
    () => true,
    () => false,
  )
  if (!saved) return failedBefore('The execution plan could not be saved.')
  for (const operation of operations) emitItem(run, operation)
  const count = (kind: Operation['kind']) => operations.filter((operation) => operation.kind === kind).length
  const planned = { add: count('create'), update: count('update'), delete: count('delete'), import: 0 }
  return { type: 'result', outcome: 'succeeded', ...facts, planned }
}

/** The plan that is to be carried out, if it fits; the reason why it cannot be, otherwise. */
async function savedPlan(run: EngineRun, link: string): Promise<SavedPlan | ResultLine> {
  const text = await download(run.services, link)
  if (text === undefined) return failedBefore('The execution plan could not be fetched.')
  const plan = JSON.parse(text) as SavedPlan
  if (plan.serial === run.state.serial) return plan
  run.services.world.violate('expired', `a plan of state ${plan.serial} is to be carried out on ${run.state.serial}`)
  return failedBefore('Saved plan is stale')
}

async function apply(run: EngineRun): Promise<ResultLine> {
  const { plan: link, files } = run.request
  const wanted = readTemplate(files)
  const plan = link?.readUrl ? await savedPlan(run, link.readUrl) : undefined
  if (plan && 'type' in plan) return plan
  const planned = plan ? readTemplate([{ content: plan.template }]) : wanted
  const before = run.state.serial
  // After an adoption the plan does not fit any more; the template says what is left to do.
  return changeAndSave(run, () => (run.state.serial === before ? planned : wanted))
}

async function conduct(run: EngineRun): Promise<ResultLine> {
  const { request, services } = run
  if (request.state.readUrl) {
    const text = await download(services, request.state.readUrl)
    if (text === undefined) return failedBefore('The state of the stack could not be fetched.')
    run.state = JSON.parse(text) as EngineState
  }
  if (!(await work(run, 1))) return { type: 'result', outcome: 'interrupted', ...facts }
  if (request.command === 'plan') return makePlan(run, readTemplate(request.files))
  return request.command === 'destroy' ? changeAndSave(run, () => []) : apply(run)
}

/** Whose engine it is, by where its result goes. */
function stackOf({ state, plan }: RunnerRequest): string {
  const key = keyOfLink('put', state.writeUrl ?? plan?.writeUrl ?? '')
  return /\/stacks\/([^/]+)\//.exec(key)?.[1] ?? ''
}

/** Runs a request as the runner does, from its first line to its result. */
export async function runSimulatedEngine(request: RunnerRequest, host: EngineHost): Promise<void> {
  const { services, stream, hardStopAtMs } = host
  const startedAtMs = Date.now()
  const emit = (line: RunnerLine) => {
    if (stream.isBroken() && services.world.profile.runnerNotices) throw new AnswerBroken('nobody reads the answer')
    stream.write(`${JSON.stringify(line)}\n`)
  }
  const run: EngineRun = {
    request,
    services,
    emit,
    limits: deadlines({ startedAtMs, hardStopAtMs, stopAtMs: request.stopAtMs }),
    stackId: stackOf(request),
    state: noState,
    savedSerial: 0,
    saving: undefined,
    touched: false,
    stopped: false,
    lost: [],
  }
  try {
    emit(await conduct(run))
    stream.end('complete')
  } catch (error) {
    if (!(error instanceof AnswerBroken)) throw error
  }
}

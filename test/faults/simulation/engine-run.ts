/** What the parts of a run of the simulated engine share: the state, its transfers, time, and what is reported. */
import type { deadlines } from '../../../shared/engine/deadlines.ts'
import type { EngineEvent, EventResource, RunnerLine, RunnerRequest } from '../../../shared/engine/protocol.ts'
import { call, mustBeActor, pause } from './actor.ts'
import { keyOfLink } from './bucket.ts'
import type { EngineState } from './engine-state.ts'
import type { Services } from './services.ts'
import { addressOf } from './template.ts'

export interface EngineRun {
  readonly request: RunnerRequest
  readonly services: Services
  readonly emit: (line: RunnerLine) => void
  readonly limits: ReturnType<typeof deadlines>
  readonly stackId: string
  state: EngineState
  savedSerial: number
  /** A save that is under way, or about to begin. */
  saving: Promise<void> | undefined
  touched: boolean
  /** It was told to end early. */
  stopped: boolean
  /** What could not be adopted. */
  readonly lost: string[]
}

function transfer<Answer>(label: string, effect: () => Answer): Promise<Answer> {
  return call({ label, effect, service: 'bucket', faults: ['refused', 'lost', 'repeated'] })
}

/** Repeats a transfer that fails, as the real one does. */
async function patiently<Answer>(attempts: number, send: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send()
    } catch (error) {
      if (attempt >= attempts) throw error
      await pause(Math.min(5000, 100 * 2 ** attempt))
    }
  }
}

/** Undefined when it cannot be had. */
export async function download({ bucket }: Services, link: string): Promise<string | undefined> {
  const key = keyOfLink('get', link)
  return patiently(8, () => transfer(`fetch ${key}`, () => bucket.blobs.get(key)?.content)).catch(() => undefined)
}

/** @throws Error when it cannot be saved */
export async function upload({ bucket }: Services, what: string, link: string, content: string, attempts: number) {
  const key = keyOfLink('put', link)
  const by = mustBeActor('the engine')
  await patiently(attempts, () => transfer(`save ${what} at ${key}`, () => bucket.put(key, content, by)))
}

export async function saveState(run: EngineRun, attempts: number): Promise<void> {
  const { request, services, state } = run
  const what = `the state, serial ${state.serial},`
  await upload(services, what, request.state.writeUrl ?? '', JSON.stringify(state), attempts)
  run.savedSerial = state.serial
}

/** Has the state saved within a second, once; the next change has it saved again. */
export function saveSoon(run: EngineRun): void {
  if (run.saving || run.state.serial === run.savedSerial) return
  const save = async () => {
    await pause(mustBeActor('the engine').world.random.below(1000))
    // Only the last save decides how the run ends.
    await saveState(run, 1).catch(() => undefined)
    run.saving = undefined
  }
  run.saving = save()
}

export function resourceOf({ type, name }: { type: string; name: string }, id?: string): EventResource {
  return { address: addressOf({ type, name }), type, name, ...(id ? { idKey: 'id', idValue: id } : {}) }
}

export function report(run: EngineRun, type: EngineEvent['type'], message: string, resource?: EventResource): void {
  const time = new Date().toISOString()
  run.emit({ type: 'event', event: { time, type, message, ...(resource ? { resource } : {}) } })
}

/** Whether somebody wants the run to end early, which is told once. A sign that cannot be fetched is not there. */
export async function isToStop(run: EngineRun): Promise<boolean> {
  const link = run.request.stopSign?.readUrl
  if (link === undefined || run.stopped) return run.stopped
  const key = keyOfLink('get', link)
  const look = () => transfer('look for the stop sign', () => run.services.bucket.blobs.get(key)?.content)
  const text = await look().catch(() => undefined)
  if (text === undefined) return false
  report(run, 'LOG', text)
  run.stopped = true
  return true
}

/** Waits for an operation. False when the engine is killed before it ends. */
export async function work(run: EngineRun, seconds: number): Promise<boolean> {
  const leftMs = run.limits.killAtMs - Date.now()
  await pause(Math.min(seconds * 1000, Math.max(0, leftMs)))
  return seconds * 1000 <= leftMs
}

/** Kills real engines in the middle of an apply, has the deployment continued, and looks what became of it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findEngine } from '../../../shared/engine/engine-binary.ts'
import { type BoundedEngine, boundedEngine } from './bounded-engine.ts'
import { type EngineCloud, startEngineCloud, type UserStack, userStack } from './cloud.ts'
import { type EngineFault, type EngineRunResult, engineFaults } from './engine-faults.ts'
import { killApplies } from './engine-processes.ts'
import { problemsOf, readJournal } from './observed.ts'
import { chain, laterSteps, steps, type Weight } from './templates.ts'

interface Scene extends EngineCloud {
  readonly folder: string
  readonly binary: string
  readonly engine: BoundedEngine
}

interface Run {
  readonly id: string
  readonly fault: EngineFault
  readonly journal: string
  readonly stack: UserStack
}

/** Runs that go on side by side; losing a host hits all of them. */
const atOnce = 5
/** More would say that a deployment cannot be brought to its end. */
const mostContinuations = 4

const weights: Partial<Record<EngineFault, Weight>> = { 'out of memory': 'much memory', 'disk full': 'much state' }

async function untilMade(journal: string, step: string): Promise<void> {
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(20)) {
    if (readJournal(journal).includes(step)) return
  }
  throw new Error(`${step} was not made within a minute`)
}

/** @returns how many processes or hosts were hit */
async function hit({ cloud, binary }: Scene, { id, fault }: Run): Promise<number> {
  if (fault === 'engine killed') return killApplies(id, binary, 'engine')
  if (fault === 'process group killed') return killApplies(id, binary, 'group')
  return cloud.killFunctionThreads(fault === 'worker lost' ? 'FunctionsWorker' : 'Runner')
}

/**
 * Makes the trouble when the middle step is there; bounds are set before. When it met nobody, because the host of all runs
 * had just been lost, it is made again a step later.
 * @returns whether it hit; undefined where the engine runs into its bound by itself
 */
async function strike(scene: Scene, run: Run, stackId: string): Promise<boolean | undefined> {
  const { fault, journal } = run
  if (fault === 'out of memory' || fault === 'disk full') return undefined
  if (fault.startsWith('state not saved')) scene.cloud.refuseObjectWrites(`${stackId}/states/`)
  for (const step of laterSteps) {
    await untilMade(journal, step)
    // From the next moment of this step's end to the middle of the step after it.
    await sleep(Math.random() * 400)
    if ((await hit(scene, run)) > 0) return true
  }
  return false
}

async function toTheEnd(
  { cloud, engine }: Scene,
  { id, fault, stack }: Run,
): Promise<{ status: string; continued: number }> {
  if (fault.startsWith('state not saved')) cloud.refuseObjectWrites(undefined)
  let status = await stack.settled()
  await engine.unbound(id)
  let continued = 0
  while (status !== 'DEPLOYMENT_COMPLETE' && continued < mostContinuations) {
    await stack.continueDeploy()
    continued += 1
    status = await stack.settled()
  }
  return { status, continued }
}

async function runOne(scene: Scene, run: Run): Promise<EngineRunResult> {
  const { id, fault, journal, stack } = run
  if (fault === 'out of memory') await scene.engine.bound(id, 'memory')
  if (fault === 'disk full') await scene.engine.bound(id, 'disk')
  const stackId = await stack.create(chain(id, journal, weights[fault] ?? 'light'))
  const struck = await strike(scene, run, stackId)
  const { status, continued } = await toTheEnd(scene, run)
  const observed = await stack.observe(journal)
  const violations = problemsOf(observed)
  const missing = steps.filter((step) => !observed.journal.includes(step))
  if (status !== 'DEPLOYMENT_COMPLETE' || missing.length > 0) {
    violations.push({
      invariant: 'ended',
      what: `it is ${status} after ${continued} continuations, without ${missing}`,
    })
  }
  const stuck = await stack.remove()
  if (stuck) violations.push({ invariant: 'ended', what: `it cannot be deleted: ${stuck}` })
  return { fault, hit: struck ?? continued > 0, continued, violations }
}

async function runAll(scene: Scene, count: number, onRun: () => void): Promise<EngineRunResult[]> {
  const results: EngineRunResult[] = []
  for (let first = 0; first < count; first += atOnce) {
    const runs = Array.from({ length: Math.min(atOnce, count - first) }, (_, at): Run => {
      const id = `run-${first + at}`
      const fault = engineFaults[(first + at) % engineFaults.length] as EngineFault
      return { id, fault, journal: join(scene.folder, id), stack: userStack(scene.client, id) }
    })
    const done = await Promise.all(runs.map((run) => runOne(scene, run).finally(onRun)))
    results.push(...done)
  }
  return results
}

/** @throws Error when there is no engine, or the service does not answer */
export async function runEngines(count: number, onRun: () => void): Promise<EngineRunResult[]> {
  const binary = await findEngine({ chosen: process.env.RFS_ENGINE, searchPath: process.env.PATH })
  const folder = await mkdtemp(join(tmpdir(), 'rfs-faults-'))
  try {
    const engine = await boundedEngine(folder, binary)
    const scene = { ...(await startEngineCloud(folder, engine.path)), folder, binary, engine }
    try {
      return await runAll(scene, count, onRun)
    } finally {
      await scene.stop()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * One schedule: people send commands to an installation while trouble is made, then there is quiet, then everything is
 * deleted; at the end of each part all must be well.
 */
import { projectId } from '../support/proxy-event.ts'
import type { Functions } from './functions.ts'
import { watchCommands } from './invariants/commands.ts'
import { watchEvents } from './invariants/events.ts'
import { type Ledger, openLedger } from './invariants/ledger.ts'
import { watchOwnership } from './invariants/ownership.ts'
import { watchResources } from './invariants/resources.ts'
import { watchStorage } from './invariants/storage.ts'
import { type Api, openApi } from './scenario/api.ts'
import { beClient, removeStack } from './scenario/client.ts'
import { seededRandom } from './simulation/random.ts'
import { runWorld } from './simulation/scheduler.ts'
import { openServices, type Services } from './simulation/services.ts'
import { createWorld, spawn, type Violation, type World } from './simulation/world.ts'

/** The bound of the first invariant. */
const boundMs = 2 * 3600_000
/** Nothing that people do takes longer. */
const longestPartMs = 48 * 3600_000

export interface ScheduleReport {
  readonly seed: number
  readonly steps: number
  readonly digest: string
  readonly commands: number
  readonly deployments: number
  readonly troubles: Readonly<Record<string, number>>
  /** How long after the last trouble everything was settled, in the world's seconds. */
  readonly settledAfterSeconds: number
  readonly violations: readonly Violation[]
  readonly trace: readonly string[]
}

interface Scene {
  readonly world: World
  readonly services: Services
  readonly ledger: Ledger
  readonly api: Api
  readonly finish: () => void
}

function openScene(seed: number, { jobs, handlerOf }: Functions): Scene {
  const world = createWorld(seed)
  const services = openServices(world, jobs)
  const api = openApi(world, handlerOf)
  const ledger = openLedger(services)
  watchOwnership(services, ledger)
  const checks = [
    watchResources(services, ledger),
    watchEvents(services, ledger),
    watchCommands(services, ledger, api),
    watchStorage(services, ledger),
  ]
  return { world, services, ledger, api, finish: () => checks.forEach((check) => void check.finish()) }
}

function isSettled({ services: { table, jobs, deadLetters }, world }: Scene): boolean {
  // The costly question comes last: it looks at every item.
  if (world.actors.size > 0 || jobs.messages.length > 0 || deadLetters.messages.length > 0) return false
  return table.items().every(({ job }) => job === undefined)
}

/** What is still to be done, in words. */
function unsettled({ services: { table, jobs, deadLetters }, world }: Scene): string[] {
  const withJob = table.items().filter(({ job }) => job !== undefined)
  return [
    ...withJob.map(({ sk, status, job }) => `${sk} is ${status}, ${JSON.stringify(job)}`),
    ...[...jobs.messages, ...deadLetters.messages].map(({ id }) => `${id} is in the queue`),
    ...[...world.actors].map(({ name }) => `${name} is at work`),
  ]
}

/** Sends what people send, in several parts at once, and waits for all of them. */
async function actOut(scene: Scene, purpose: string, parts: readonly (() => Promise<void>)[]): Promise<void> {
  const { world } = scene
  let going = parts.length
  for (const run of parts) {
    spawn(world, {
      kind: 'client',
      purpose,
      run,
      onEnd: () => {
        going -= 1
      },
    })
  }
  await runWorld(world, () => going === 0, world.nowMs() + longestPartMs)
  if (going > 0 && world.violations.length === 0) throw new Error('people did not come to an end')
}

/** Makes no more trouble and waits until all is settled. @returns how long that took after the last trouble */
async function calmDown(scene: Scene): Promise<number> {
  const { world } = scene
  world.troubled = false
  const quietFromMs = Math.max(world.nowMs(), world.troubleEndsMs)
  const isQuiet = () => world.nowMs() >= quietFromMs && isSettled(scene)
  await runWorld(world, isQuiet, quietFromMs + boundMs)
  if (world.violations.length === 0) {
    for (const what of unsettled(scene)) world.violate('ended', `after ${boundMs / 3600_000} hours of quiet ${what}`)
  }
  return Math.max(0, world.nowMs() - quietFromMs) / 1000
}

function clients({ world, api }: Scene): (() => Promise<void>)[] {
  const random = seededRandom(world.seed, 'people')
  const names = ['web', 'data', 'jobs'].slice(0, random.between(1, 3))
  const form = (stackName: string, careful: boolean, most: number) => {
    const own = seededRandom(world.seed, `client ${stackName} ${careful}`)
    return () => beClient({ api, random: own, stackName, careful, commands: random.between(1, most) })
  }
  return [
    ...names.map((name) => form(name, true, 8)),
    ...(random.chance(0.4) ? [form(random.pick(names), false, 4)] : []),
  ]
}

/** In a quiet world every stack that is there can be deleted, if need be after a few tries of what its template makes stick. */
async function deleteAll(scene: Scene): Promise<number> {
  const { world, ledger, api } = scene
  const there = () => [...ledger.stacks.values()].filter(({ gone }) => !gone)
  const removals = there().map(
    ({ record }) =>
      () =>
        removeStack(api, projectId, record.name),
  )
  if (removals.length > 0) await actOut(scene, 'deletes a stack', removals)
  if (world.violations.length > 0) return 0
  const tookSeconds = await calmDown(scene)
  for (const { record } of world.violations.length > 0 ? [] : there()) {
    if (scene.services.bucket.lost.size > 0) continue
    world.violate('ended', `${record.name} cannot be deleted: ${record.status}, ${record.statusMessage}`)
  }
  return tookSeconds
}

/** @throws what is wrong with the simulation itself */
export async function runSchedule(seed: number, functions: Functions): Promise<ScheduleReport> {
  const scene = openScene(seed, functions)
  const { world, ledger, api } = scene
  let settledAfterSeconds = 0
  const isWell = () => world.violations.length === 0
  await actOut(scene, 'works on a stack', clients(scene))
  if (isWell()) settledAfterSeconds = await calmDown(scene)
  if (isWell()) scene.finish()
  if (isWell()) await deleteAll(scene)
  if (isWell()) scene.finish()
  return {
    seed,
    steps: world.trace.steps(),
    digest: world.trace.digest(),
    commands: api.requests.length,
    deployments: ledger.deployments.size,
    troubles: Object.fromEntries(world.troubles),
    settledAfterSeconds,
    violations: world.violations,
    trace: world.trace.lines(),
  }
}

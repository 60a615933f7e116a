/**
 * A simulated world: its time, its actors, and what went wrong in it. Everything that happens is chosen by the seed, so the
 * same seed is the same world, step for step.
 */
import type { InvariantName } from '../invariants/names.ts'
import { type Actor, type ActorKind, runAs } from './actor.ts'
import { type Outages, openOutages } from './outages.ts'
import { type Profile, profileOf } from './profile.ts'
import { type Random, seededRandom } from './random.ts'
import { openTrace, type Trace } from './trace.ts'

/** When every world begins. */
export const startMs = Date.parse('2026-03-01T12:00:00.000Z')

/** Something that an actor did not ask for and that can happen now, such as the delivery of a message. */
export interface Happening {
  readonly label: string
  readonly happen: () => void
}

/** A part of the world that has a life of its own. */
export interface Surrounding {
  /** What can happen now. */
  happenings(): Happening[]
  /** When the next thing can happen; undefined when nothing will by itself. */
  nextAtMs(): number | undefined
  /** Makes trouble of its own, if the draw says so. */
  disturb?(): void
}

export interface Violation {
  readonly invariant: InvariantName
  readonly what: string
}

export interface World {
  readonly seed: number
  /** Chooses what happens. */
  readonly random: Random
  /** Makes ids, so that what a schedule does never depends on how many are made. */
  readonly ids: Random
  readonly profile: Profile
  readonly trace: Trace
  readonly actors: Set<Actor>
  readonly surroundings: Surrounding[]
  readonly outages: Outages
  readonly violations: Violation[]
  /** How often each kind of trouble was made. */
  readonly troubles: Map<string, number>
  /** Whether trouble is made at all. */
  troubled: boolean
  /** When the last trouble is over. */
  troubleEndsMs: number
  /** A defect of the simulation itself, which ends the schedule. */
  defect: unknown
  /** Told of every death. */
  readonly deathListeners: ((actor: Actor) => void)[]
  nowMs(): number
  advanceTo(timeMs: number): void
  violate(invariant: InvariantName, what: string): void
  troubleLastsUntil(timeMs: number): void
  /** Draws whether trouble of a kind is to be made now, and counts it. */
  trouble(kind: string, probability: number): boolean
}

export function createWorld(seed: number): World {
  const random = seededRandom(seed, 'schedule')
  const trace = openTrace()
  const profile = profileOf(seededRandom(seed, 'profile'))
  let nowMs = startMs
  let budget = profile.budget
  const deathListeners: ((actor: Actor) => void)[] = []
  const world: World = {
    seed,
    random,
    ids: seededRandom(seed, 'ids'),
    profile,
    trace,
    actors: new Set(),
    surroundings: [],
    outages: openOutages(),
    violations: [],
    troubles: new Map(),
    troubled: true,
    troubleEndsMs: startMs,
    defect: undefined,
    deathListeners,
    nowMs: () => nowMs,
    advanceTo: (timeMs) => {
      nowMs = Math.max(nowMs, timeMs)
    },
    violate: (invariant, what) => {
      world.violations.push({ invariant, what })
      trace.add(nowMs, 'checker', `VIOLATION ${invariant}: ${what}`)
    },
    troubleLastsUntil: (timeMs) => {
      world.troubleEndsMs = Math.max(world.troubleEndsMs, timeMs)
    },
    trouble: (kind, probability) => {
      if (!world.troubled || budget <= 0 || probability === 0 || !random.chance(probability)) return false
      budget -= 1
      world.troubleLastsUntil(nowMs)
      world.troubles.set(kind, (world.troubles.get(kind) ?? 0) + 1)
      return true
    },
  }
  return world
}

export interface ActorForm<Result> {
  readonly kind: ActorKind
  /** For the trace: what it is there for. */
  readonly purpose: string
  readonly run: () => Promise<Result>
  /** When the platform ends it without asking. */
  readonly timeLimitMs?: number
  readonly onEnd?: (result: Result) => void
  /** It threw. Absent: that is a defect of the simulation. */
  readonly onError?: (error: unknown) => void
  readonly onDeath?: (reason: string) => void
}

const counts = new WeakMap<World, Map<ActorKind, number>>()

function nextName(world: World, kind: ActorKind): string {
  const byKind = counts.get(world) ?? new Map<ActorKind, number>()
  counts.set(world, byKind)
  const number = (byKind.get(kind) ?? 0) + 1
  byKind.set(kind, number)
  return `${kind} ${number}`
}

/** Starts an actor. Its code runs as far as its first call at once. */
export function spawn<Result>(world: World, form: ActorForm<Result>): Actor {
  const { skewMs } = world.profile
  const actor: Actor = {
    name: nextName(world, form.kind),
    kind: form.kind,
    world,
    // Clients have no part in anything that compares times.
    skewMs: form.kind === 'client' || skewMs === 0 ? 0 : world.random.between(-skewMs, skewMs),
    state: 'alive',
    frozenUntilMs: 0,
    calls: new Set(),
    timers: new Set(),
    held: [],
    writesUntilStandstill: Number.POSITIVE_INFINITY,
    faulted: false,
    dueAtMs: undefined,
    limitAtMs: undefined,
    onDeath: (reason) => form.onDeath?.(reason),
  }
  world.actors.add(actor)
  world.trace.add(world.nowMs(), actor.name, `begins: ${form.purpose}`)
  if (form.timeLimitMs !== undefined) {
    actor.dueAtMs = world.nowMs() + form.timeLimitMs
    actor.limitAtMs = actor.dueAtMs
    if (actor.kind === 'worker' && world.trouble('zombie', world.profile.zombies)) becomeZombie(world, actor)
  }
  const finish = (end: () => void) => {
    if (actor.state !== 'alive') return
    actor.state = 'ended'
    leave(actor)
    end()
  }
  runAs(actor, form.run).then(
    (result) => finish(() => form.onEnd?.(result)),
    (error) =>
      finish(() => {
        if (form.onError) form.onError(error)
        else world.defect ??= error
      }),
  )
  return actor
}

function leave(actor: Actor): void {
  actor.calls.clear()
  actor.timers.clear()
  actor.held.length = 0
  actor.world.actors.delete(actor)
}

/**
 * A worker whose platform does not end it in time: after one of its writes it stands still until its lease is over, and then
 * it goes on as if nothing had been.
 */
function becomeZombie(world: World, actor: Actor): void {
  actor.writesUntilStandstill = world.random.between(1, 12)
  actor.limitAtMs = (actor.limitAtMs ?? world.nowMs()) + 2 * 3600_000
  world.troubleLastsUntil(actor.limitAtMs)
}

/** Gives an actor no answer and no timer for a while. */
export function standStill(actor: Actor, seconds: number): void {
  const { world } = actor
  world.trace.add(world.nowMs(), actor.name, `stands still for ${seconds} s`)
  actor.frozenUntilMs = world.nowMs() + seconds * 1000
  world.troubleLastsUntil(actor.frozenUntilMs)
}

/** Ends an actor where it stands. A call that is on its way may still take effect. */
export function kill(actor: Actor, reason: string): void {
  const { world } = actor
  if (actor.state !== 'alive') return
  actor.state = 'dead'
  world.trace.add(world.nowMs(), actor.name, `dies: ${reason}`)
  for (const { form } of actor.calls) {
    if (form.possible?.() === false || !world.random.chance(0.5)) continue
    world.trace.add(world.nowMs(), actor.name, `${form.label} (took effect, nobody was there for the answer)`)
    try {
      runAs(actor, form.effect)
    } catch {
      // A refusal that nobody hears.
    }
  }
  leave(actor)
  for (const listener of world.deathListeners) listener(actor)
  actor.onDeath(reason)
}

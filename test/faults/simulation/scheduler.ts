/**
 * Decides what happens next. One thing happens at a time: a call takes effect and its actor runs on to its next call, a
 * timer fires, a message is delivered, or trouble is made. Time stands still while there is something to do, but for the
 * little that each step takes, and otherwise moves on to whatever comes next: nobody waits in real time.
 */
import { type Actor, type Call, type CallFault, runAs, type Timer } from './actor.ts'
import { makeTrouble } from './troublemaker.ts'
import { type Happening, kill, standStill, type World } from './world.ts'

/** A call takes effect within this time, whatever happens to its actor meanwhile: clients of services have time limits. */
const longestWayMs = 10_000
/** What a step takes at most. */
const stepMs = 40
/** Turns of the event loop that an actor may need for a step; more means that it waits for something real. */
const mostTurns = 2000

/** Lets the code of actors run until all of it waits for the world. */
async function settle(world: World): Promise<void> {
  for (let turn = 0; turn < mostTurns; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve))
    const busy = [...world.actors].find(isBusy)
    if (!busy) return
    if (turn === mostTurns - 1) throw new Error(`${busy.name} waits for something that is not simulated`)
  }
}

function isBusy(actor: Actor): boolean {
  return actor.calls.size === 0 && actor.timers.size === 0 && actor.held.length === 0
}

/** The fault of a call that is about to happen, if it is to have one. */
function drawFault({ form: { service, faults } }: Call, world: World): CallFault | undefined {
  if (!service || !faults) return undefined
  if (world.outages.isOut(service)) return 'refused'
  return world.trouble('call', world.profile.calls[service]) ? world.random.pick(faults) : undefined
}

/** Whether it can have changed something: only then can its answer be lost on the way. */
const isWrite = ({ form }: Call) => form.faults?.includes('lost') ?? false

type Settled = { readonly answer: unknown } | { readonly error: unknown }

function attempt(effect: () => unknown): Settled {
  try {
    return { answer: effect() }
  } catch (error) {
    return { error }
  }
}

function failureOf({ form }: Call, fault: 'refused' | 'lost'): Settled {
  return { error: form.failure?.(fault) ?? new Error(`${form.label}: ${fault}`) }
}

function outcomeOf(call: Call, fault: CallFault | undefined): Settled {
  const { form } = call
  if (fault === 'refused') return failureOf(call, 'refused')
  if (fault === 'partial') return attempt(form.partially ?? form.effect)
  const first = attempt(form.effect)
  if (fault === 'lost') return failureOf(call, 'lost')
  return fault === 'repeated' ? attempt(form.effect) : first
}

function described({ form }: Call, fault: CallFault | undefined, settled: Settled): string {
  const result = 'error' in settled ? `threw ${nameOf(settled.error)}` : (form.shown?.(settled.answer) ?? '')
  return `${form.label}${fault ? ` [${fault}]` : ''}${result ? ` -> ${result}` : ''}`
}

function nameOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

/** Lets a call happen. Its actor hears of it at once, or when it is not frozen any more. */
function perform(world: World, call: Call): void {
  const { actor } = call
  actor.calls.delete(call)
  const fault = drawFault(call, world)
  actor.faulted ||= fault !== undefined
  const settled = runAs(actor, () => outcomeOf(call, fault))
  world.trace.add(world.nowMs(), actor.name, described(call, fault, settled))
  if (isWrite(call)) actor.writesUntilStandstill -= 1
  if (isWrite(call) && actor.writesUntilStandstill === 0) standStill(actor, world.random.between(900, 1600))
  const resume = () => ('error' in settled ? call.reject(settled.error) : call.resolve(settled.answer))
  if (actor.frozenUntilMs > world.nowMs()) actor.held.push(resume)
  else resume()
}

function fire(actor: Actor, timer: Timer): void {
  actor.timers.delete(timer)
  timer.fire()
}

const isPossible = ({ form }: Call) => form.possible?.() ?? true

/** What an actor can do now. */
function stepsOf(world: World, actor: Actor): (() => void)[] {
  const now = world.nowMs()
  const frozen = actor.frozenUntilMs > now
  const calls = [...actor.calls].filter(isPossible).map((call) => () => perform(world, call))
  if (frozen) return calls
  // Answers that were held back come first: they are older than anything else.
  const [resume] = actor.held
  if (resume) return [() => void actor.held.shift()?.()]
  return [
    ...calls,
    ...[...actor.timers].filter((timer) => timer.dueAtMs <= now).map((timer) => () => fire(actor, timer)),
  ]
}

function limits(world: World): Happening[] {
  const late = [...world.actors].filter((actor) => (actor.limitAtMs ?? Number.POSITIVE_INFINITY) <= world.nowMs())
  return late.map((actor) => ({ label: `${actor.name} at its limit`, happen: () => kill(actor, 'its time is over') }))
}

/** Everything that can happen now: the steps of each actor together, each happening of the surroundings by itself. */
function choices(world: World): { who: Actor | undefined; steps: (() => void)[] }[] {
  const ofActors = [...world.actors].map((who) => ({ who, steps: stepsOf(world, who) }))
  const happenings = [...limits(world), ...world.surroundings.flatMap((surrounding) => surrounding.happenings())]
  const ofSurroundings = happenings.map(({ label, happen }) => ({
    who: undefined,
    steps: [
      () => {
        world.trace.add(world.nowMs(), '-', label)
        happen()
      },
    ],
  }))
  return [...ofActors.filter(({ steps }) => steps.length > 0), ...ofSurroundings]
}

/** When something can happen next; undefined when nothing ever will. */
function nextAtMs(world: World): number | undefined {
  const now = world.nowMs()
  const times = [...world.actors].flatMap((actor) => [
    actor.frozenUntilMs > now ? actor.frozenUntilMs : undefined,
    actor.limitAtMs,
    ...[...actor.timers].map((timer) => timer.dueAtMs),
  ])
  const all = [...times, ...world.surroundings.map((surrounding) => surrounding.nextAtMs())]
  const later = all.filter((time) => time !== undefined && time > now) as number[]
  return later.length > 0 ? Math.min(...later) : undefined
}

/** Whether time may move on although calls are under way: none of them may take too long. */
function mayLinger(world: World, untilMs: number): boolean {
  return [...world.actors].every((actor) =>
    [...actor.calls].every((call) => !isPossible(call) || untilMs - call.sentAtMs <= longestWayMs),
  )
}

/** Lets one thing happen. @returns the actor that did it, or false when nothing can happen any more */
function step(world: World, last: Actor | undefined): Actor | undefined | false {
  const open = choices(world)
  const next = nextAtMs(world)
  const linger = next !== undefined && open.length > 0 && world.random.chance(0.02) && mayLinger(world, next)
  if (open.length === 0 || linger) {
    if (next === undefined) return false
    world.advanceTo(next)
    return last
  }
  const again = world.random.chance(world.profile.sticky) ? open.find(({ who }) => who && who === last) : undefined
  const { who, steps } = again ?? world.random.pick(open)
  world.advanceTo(world.nowMs() + world.random.below(stepMs))
  world.random.pick(steps)()
  return who
}

/**
 * Runs the world until `isOver` says so, an invariant is violated, nothing can happen any more, or `untilMs`.
 * @throws what is wrong with the simulation itself
 */
export async function runWorld(world: World, isOver: () => boolean, untilMs: number): Promise<void> {
  let last: Actor | undefined
  for (;;) {
    await settle(world)
    if (world.defect !== undefined) throw world.defect
    if (world.violations.length > 0 || isOver() || world.nowMs() > untilMs) return
    makeTrouble(world)
    const stepped = step(world, last)
    if (stepped === false) return
    last = stepped
  }
}

/**
 * Whoever does something in a simulated world: a function's invocation, the runner's host, a client. Its code is the real
 * code; whatever that code asks of the outside becomes a call that waits until the scheduler lets it happen.
 *
 * An actor that dies stops at the call that it waits for: the call's promise is never settled, so that nothing of the actor
 * runs any more, as when its machine was taken away.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { World } from './world.ts'

export const actorKinds = ['client', 'api', 'worker', 'sweeper', 'deadLetter', 'runner'] as const
export type ActorKind = (typeof actorKinds)[number]

export const serviceNames = ['table', 'bucket', 'queue', 'runner'] as const
export type ServiceName = (typeof serviceNames)[number]

/**
 * What can go wrong with one call. `refused`: it had no effect and ends with an error. `lost`: it took effect and ends with
 * an error. `repeated`: it took effect, its answer was lost, and the SDK sent it again, so the second answer is the one that
 * arrives. `partial`: some of it took effect, and the answer says so.
 */
export type CallFault = 'refused' | 'lost' | 'repeated' | 'partial'

export interface CallForm<Answer> {
  /** For the trace: what is asked of whom. */
  readonly label: string
  /** What happens there and then, all at once; throws the service's refusal. */
  readonly effect: () => Answer
  /** Whom it asks; absent where nothing can go wrong. */
  readonly service?: ServiceName
  /** The faults that this call can have. */
  readonly faults?: readonly CallFault[]
  /** The error of a call that was refused or whose answer was lost. */
  readonly failure?: (fault: 'refused' | 'lost') => Error
  readonly partially?: () => Answer
  /** Whether there is something to answer yet; absent: always. */
  readonly possible?: () => boolean
  /** For the trace: a short text about the answer. */
  readonly shown?: (answer: Answer) => string
}

export interface Call {
  readonly actor: Actor
  readonly form: CallForm<unknown>
  readonly sentAtMs: number
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: unknown) => void
}

export interface Timer {
  readonly actor: Actor
  readonly dueAtMs: number
  readonly fire: () => void
}

export interface Actor {
  /** Kind and number, such as `worker 3`. */
  readonly name: string
  readonly kind: ActorKind
  readonly world: World
  /** How far its clock is ahead of the world's. */
  readonly skewMs: number
  state: 'alive' | 'dead' | 'ended'
  /** It gets no answer and no timer before that. */
  frozenUntilMs: number
  readonly calls: Set<Call>
  readonly timers: Set<Timer>
  /** Answers that came while it was frozen. */
  readonly held: (() => void)[]
  /** How many writes it makes until it stands still, where that is decided. */
  writesUntilStandstill: number
  /** Whether one of its calls went wrong. */
  faulted: boolean
  /** When its time is over, whether or not the platform ends it then. */
  dueAtMs: number | undefined
  /** When the platform ends it without asking, by the world's clock. */
  limitAtMs: number | undefined
  readonly onDeath: (reason: string) => void
}

const storage = new AsyncLocalStorage<Actor>()

/** Whose code is running; undefined for the scheduler's own. */
export function currentActor(): Actor | undefined {
  return storage.getStore()
}

/** @throws Error outside of every actor: then something real would be asked for that has no place in a simulation */
export function mustBeActor(what: string): Actor {
  const actor = currentActor()
  if (!actor) throw new Error(`${what} was asked for outside of the simulated world`)
  return actor
}

/** Runs code as an actor; everything it awaits goes on as the same actor. */
export function runAs<Result>(actor: Actor, code: () => Result): Result {
  return storage.run(actor, code)
}

/** Asks something of the outside: settled when the scheduler lets it happen, never when the actor dies before. */
export function call<Answer>(form: CallForm<Answer>): Promise<Answer> {
  const actor = mustBeActor(form.label)
  return new Promise<Answer>((resolve, reject) => {
    if (actor.state !== 'alive') return
    const sentAtMs = actor.world.nowMs()
    const settle = resolve as Call['resolve']
    actor.calls.add({ actor, form: form as CallForm<unknown>, sentAtMs, resolve: settle, reject })
  })
}

/** The actor's own time. */
export function actorNowMs(actor: Actor): number {
  return actor.world.nowMs() + actor.skewMs
}

/** Waits in the world's time. */
export function pause(milliseconds: number): Promise<void> {
  const actor = mustBeActor('a pause')
  return new Promise((resolve) => {
    setTimer(actor, milliseconds, resolve)
  })
}

export function setTimer(actor: Actor, milliseconds: number, fire: () => void): Timer {
  const timer = { actor, dueAtMs: actor.world.nowMs() + Math.max(0, milliseconds), fire: () => runAs(actor, fire) }
  if (actor.state === 'alive') actor.timers.add(timer)
  return timer
}

/**
 * What code takes from the platform without asking anybody: the time, timers, random ids, the standard output. For actors
 * these are the world's; everybody else keeps the real ones.
 */
import { type Actor, actorNowMs, currentActor, setTimer, type Timer } from './actor.ts'

const RealDate = Date

/** The actor's time where no other is asked for. */
class ActorDate extends RealDate {
  constructor(...given: ConstructorParameters<DateConstructor> | []) {
    const actor = currentActor()
    if (given.length === 0 && actor) super(actorNowMs(actor))
    else super(...(given as [number]))
  }

  static override now(): number {
    const actor = currentActor()
    return actor ? actorNowMs(actor) : RealDate.now()
  }
}

/** What `setTimeout` returns to an actor: as much of Node's handle as anybody uses. */
interface Handle {
  readonly timer: Timer
  ref(): Handle
  unref(): Handle
}

function handleOf(timer: Timer): Handle {
  const handle: Handle = { timer, ref: () => handle, unref: () => handle }
  return handle
}

function replaceTimers(): void {
  const { setTimeout: realSet, clearTimeout: realClear } = globalThis
  const set = (callback: (...args: unknown[]) => void, milliseconds = 0, ...args: unknown[]) => {
    const actor = currentActor()
    if (!actor) return realSet(callback, milliseconds, ...args)
    return handleOf(setTimer(actor, milliseconds, () => callback(...args)))
  }
  const clear = (handle: unknown) => {
    const timer = (handle as Handle | undefined)?.timer
    if (timer) timer.actor.timers.delete(timer)
    else realClear(handle as NodeJS.Timeout)
  }
  Object.assign(globalThis, { setTimeout: set, clearTimeout: clear })
}

function hex({ world }: Actor, digits: number): string {
  return Array.from({ length: digits }, () => world.ids.below(16).toString(16)).join('')
}

function replaceRandomness(): void {
  const realUuid = crypto.randomUUID.bind(crypto)
  const realValues = crypto.getRandomValues.bind(crypto)
  const randomUUID = () => {
    const actor = currentActor()
    if (!actor) return realUuid()
    return `${hex(actor, 8)}-${hex(actor, 4)}-4${hex(actor, 3)}-8${hex(actor, 3)}-${hex(actor, 12)}`
  }
  const getRandomValues = (target: Uint8Array<ArrayBuffer>) => {
    const actor = currentActor()
    if (!actor) return realValues(target)
    return target.fill(0).map((_, at) => {
      target[at] = actor.world.ids.below(256)
      return target[at] as number
    })
  }
  Object.defineProperties(crypto, { randomUUID: { value: randomUUID }, getRandomValues: { value: getRandomValues } })
}

/** Log lines of actors go into the trace. */
function replaceOutput(): void {
  const real = process.stdout.write.bind(process.stdout)
  process.stdout.write = ((text: string | Uint8Array, ...rest: []) => {
    const actor = currentActor()
    if (!actor) return real(text, ...rest)
    const { message, reason, error, errorMessage, verdict } = JSON.parse(String(text)) as Record<string, unknown>
    const words = [message, reason, verdict, error, errorMessage].filter((word) => word !== undefined)
    if (message !== 'request') actor.world.trace.add(actor.world.nowMs(), actor.name, `logs: ${words.join('; ')}`)
    return true
  }) as typeof process.stdout.write
}

/** Once per process, before anything of the service is loaded. */
export function replaceGlobals(): void {
  globalThis.Date = ActorDate as DateConstructor
  replaceTimers()
  replaceRandomness()
  replaceOutput()
}

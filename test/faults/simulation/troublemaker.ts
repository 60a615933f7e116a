/** The disturbances that no call asks for: deaths, standstills, and what the surroundings add of their own. */
import type { Actor, ActorKind } from './actor.ts'
import { kill, standStill, type World } from './world.ts'

/** Clients are people: they do not die of our platform. */
const mortal: readonly ActorKind[] = ['api', 'worker', 'sweeper', 'deadLetter']

function pickActor(world: World, kinds: readonly ActorKind[]): Actor | undefined {
  const byKind = Map.groupBy(world.actors, ({ kind }) => kind)
  const present = kinds.filter((kind) => byKind.has(kind))
  // By kind first: otherwise the many functions of the API would get most of it.
  return present.length > 0 ? world.random.pick(byKind.get(world.random.pick(present)) ?? []) : undefined
}

function crash(world: World): void {
  const actor = pickActor(world, mortal)
  if (actor && world.trouble('crash', world.profile.crashes)) kill(actor, 'a crash')
}

/** From a pause that nobody notices to one that outlives a lease. */
function freeze(world: World): void {
  const actor = pickActor(world, [...mortal, 'runner'])
  if (!actor || !world.trouble('freeze', world.profile.freezes)) return
  standStill(actor, world.random.pick([1, 20, 120, 600, 1000, 2000]))
}

/** Draws every disturbance once. */
export function makeTrouble(world: World): void {
  if (!world.troubled) return
  crash(world)
  freeze(world)
  world.outages.disturb(world)
  for (const surrounding of world.surroundings) surrounding.disturb?.()
}

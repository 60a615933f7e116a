/** Times in which a service answers nobody; the queue hands nothing over either. */
import { type ServiceName, serviceNames } from './actor.ts'
import type { World } from './world.ts'

export interface Outages {
  isOut(service: ServiceName): boolean
  /** When the last one of a service is over. */
  endMs(service: ServiceName): number
  /** Begins one, if the draw says so. */
  disturb(world: World): void
}

/** From a hiccup to longer than any job may wait. */
const seconds = [5, 60, 1200, 7200, 25_000]

export function openOutages(): Outages {
  const over = new Map<ServiceName, number>()
  let nowMs = () => 0
  return {
    isOut: (service) => (over.get(service) ?? 0) > nowMs(),
    endMs: (service) => over.get(service) ?? 0,
    disturb: (world) => {
      nowMs = world.nowMs
      if (!world.trouble('outage', world.profile.outages)) return
      const service = world.random.pick(serviceNames)
      const lasts = world.random.pick(seconds)
      world.trace.add(world.nowMs(), '-', `the ${service} is out for ${lasts} s`)
      over.set(service, world.nowMs() + lasts * 1000)
      world.troubleLastsUntil(world.nowMs() + lasts * 1000)
    },
  }
}

/**
 * How much trouble a schedule makes. Every kind of trouble is off in some schedules and heavy in others, because trouble of
 * one kind hides what another would show.
 */
import type { ServiceName } from './actor.ts'
import type { Random } from './random.ts'

export interface Profile {
  /** Probability that a call of the service goes wrong. */
  readonly calls: Readonly<Record<ServiceName, number>>
  /** Probability, at each step, of each disturbance. */
  readonly crashes: number
  readonly freezes: number
  readonly lostMessages: number
  readonly doubledMessages: number
  readonly brokenStreams: number
  readonly runnerDeaths: number
  readonly lostBlobs: number
  /** A service that answers nobody for a while. */
  readonly outages: number
  /** Whether a runner hears of it when nobody reads its answer any more. */
  readonly runnerNotices: boolean
  /** Probability that a worker stands still somewhere, outlives its lease, and goes on. */
  readonly zombies: number
  /** Milliseconds by which clocks differ from the world's at most. */
  readonly skewMs: number
  /** Most rows in an answer of the table. */
  readonly pageRows: number
  /** Probability that the same actor goes on after a step. */
  readonly sticky: number
  /** Disturbances and faults at most; after them the world is quiet. */
  readonly budget: number
}

function rarely(random: Random, probability: number, least: number, most: number): number {
  return random.chance(probability) ? least + random.next() * (most - least) : 0
}

export function profileOf(random: Random): Profile {
  return {
    calls: {
      table: rarely(random, 0.5, 0.01, 0.15),
      bucket: rarely(random, 0.4, 0.01, 0.1),
      queue: rarely(random, 0.4, 0.05, 0.5),
      runner: rarely(random, 0.3, 0.05, 0.4),
    },
    crashes: rarely(random, 0.7, 0.005, 0.05),
    freezes: rarely(random, 0.4, 0.002, 0.02),
    lostMessages: rarely(random, 0.3, 0.005, 0.05),
    doubledMessages: rarely(random, 0.4, 0.005, 0.05),
    brokenStreams: rarely(random, 0.4, 0.005, 0.05),
    runnerDeaths: rarely(random, 0.5, 0.005, 0.06),
    lostBlobs: rarely(random, 0.05, 0.001, 0.005),
    outages: rarely(random, 0.25, 0.001, 0.005),
    runnerNotices: random.chance(0.5),
    zombies: rarely(random, 0.5, 0.2, 0.8),
    skewMs: random.chance(0.3) ? random.between(100, 5000) : 0,
    pageRows: random.pick([3, 7, 1000]),
    sticky: random.pick([0, 0.5, 0.9]),
    budget: random.between(1, 40),
  }
}

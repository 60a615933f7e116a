/** The services of one simulated world, and the functions of the installation that run behind them. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import type { Actor } from './actor.ts'
import { openSimulatedBucket, type SimulatedBucket } from './bucket.ts'
import { type Outside, openOutside } from './outside.ts'
import { type Consumer, openSimulatedQueue, type SimulatedQueue } from './queue.ts'
import { openRunnerService, type RunnerService } from './runner-service.ts'
import { settings } from './settings.ts'
import { openSimulatedTable, type SimulatedTable } from './table.ts'
import { spawn, type World } from './world.ts'

/** The functions behind the queues and the clock: the service's own. */
export interface JobFunctions {
  readonly worker: (event: SQSEvent, context: never) => Promise<SQSBatchResponse>
  readonly deadLetter: (event: SQSEvent, context: never) => Promise<SQSBatchResponse>
  readonly sweeper: (event: unknown, context: never) => Promise<void>
}

export interface Services {
  readonly world: World
  readonly table: SimulatedTable
  readonly bucket: SimulatedBucket
  readonly jobs: SimulatedQueue
  readonly deadLetters: SimulatedQueue
  readonly runner: RunnerService
  readonly outside: Outside
  /** Told of every delivery that a function acknowledges. */
  readonly acknowledgementListeners: ((by: Actor) => void)[]
}

const ofWorlds = new WeakMap<World, Services>()

export function services(world: World): Services {
  const found = ofWorlds.get(world)
  if (!found) throw new Error('the world has no services')
  return found
}

/** What Lambda tells a function about its invocation. */
function contextOf(world: World, name: string, timeoutSeconds: number): never {
  const endsAtMs = world.nowMs() + timeoutSeconds * 1000
  return {
    awsRequestId: name,
    getRemainingTimeInMillis: () => Math.max(0, endsAtMs - world.nowMs()),
  } as never
}

/** Lambda's poller: one message an invocation, deleted unless the function reports it as failed. */
function consumerOf(
  { world, acknowledgementListeners }: Pick<Services, 'world' | 'acknowledgementListeners'>,
  kind: 'worker' | 'deadLetter',
  atOnce: number,
  timeoutSeconds: number,
  handler: JobFunctions['worker'],
): Consumer {
  return {
    atOnce,
    deliver: ({ id, body }, end) => {
      const event = { Records: [{ messageId: id, body }] } as SQSEvent
      const actor = spawn(world, {
        kind,
        purpose: `${id}, ${body}`,
        run: () => handler(event, contextOf(world, id, timeoutSeconds)),
        timeLimitMs: timeoutSeconds * 1000,
        onEnd: ({ batchItemFailures }) => {
          const done = batchItemFailures.length === 0
          if (done) for (const listener of acknowledgementListeners) listener(actor)
          end(done ? 'done' : 'failed')
        },
        onError: () => end('failed'),
        onDeath: () => end('died'),
      })
    },
  }
}

/** The clock that starts the sweeper. A start may fail: the next one comes in a minute anyway. */
function addSweeps(world: World, sweeper: JobFunctions['sweeper']): void {
  let dueAtMs = world.nowMs() + settings.sweepEverySeconds * 1000
  const start = () => {
    dueAtMs += settings.sweepEverySeconds * 1000
    if (world.trouble('missed sweep', world.profile.crashes)) return
    const { sweeperTimeoutSeconds } = settings
    spawn(world, {
      kind: 'sweeper',
      purpose: 'a sweep',
      run: () => sweeper({}, contextOf(world, 'sweep', sweeperTimeoutSeconds)),
      timeLimitMs: sweeperTimeoutSeconds * 1000,
      onError: () => undefined,
    })
  }
  world.surroundings.push({
    happenings: () => (world.nowMs() >= dueAtMs ? [{ label: 'the clock starts a sweep', happen: start }] : []),
    nextAtMs: () => dueAtMs,
  })
}

/** The index of jobs may be behind the table, while there is trouble. */
function openTableOf(world: World): SimulatedTable {
  return openSimulatedTable({
    mostRows: world.profile.pageRows,
    nowMs: world.nowMs,
    indexedUntilMs: () => world.nowMs() - (world.troubled && world.random.chance(0.3) ? world.random.below(3000) : 0),
  })
}

export function openServices(world: World, functions: JobFunctions): Services {
  const told = { world, acknowledgementListeners: [] as Services['acknowledgementListeners'] }
  const table = openTableOf(world)
  const bucket = openSimulatedBucket(world)
  const { deadLetterVisibilitySeconds, deadLetterTimeoutSeconds, jobVisibilitySeconds, workerTimeoutSeconds } = settings
  const deadLetters = openSimulatedQueue(world, {
    name: 'dead letter',
    visibilityMs: deadLetterVisibilitySeconds * 1000,
    consumer: consumerOf(told, 'deadLetter', 2, deadLetterTimeoutSeconds, functions.deadLetter),
  })
  const jobs = openSimulatedQueue(world, {
    name: 'message',
    visibilityMs: jobVisibilitySeconds * 1000,
    mostReceives: settings.mostReceives,
    deadLetters,
    consumer: consumerOf(told, 'worker', settings.jobConcurrency, workerTimeoutSeconds, functions.worker),
  })
  const outside = openOutside()
  const made: Services = {
    ...told,
    table,
    bucket,
    jobs,
    deadLetters,
    outside,
    runner: openRunnerService(world, () => made),
  }
  ofWorlds.set(world, made)
  addSweeps(world, functions.sweeper)
  return made
}

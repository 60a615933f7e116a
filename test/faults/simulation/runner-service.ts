/** The host of the runner: it starts runs, streams their answers, and loses them as hosts do. */
import { RunnerRequest } from '../../../shared/engine/protocol.ts'
import type { Actor } from './actor.ts'
import { runSimulatedEngine } from './engine.ts'
import type { Services } from './services.ts'
import { settings } from './settings.ts'
import { type AnswerStream, openAnswerStream } from './stream.ts'
import { kill, spawn, type World } from './world.ts'

export interface RunnerService {
  /** Starts a run whose answer `reader` reads. */
  start(payload: string, reader: Actor): AnswerStream
  onStart(listener: (run: StartedRun) => void): void
}

export interface StartedRun {
  readonly request: RunnerRequest
  readonly runner: Actor
  /** Who reads the answer. */
  readonly reader: Actor
  readonly stream: AnswerStream
}

interface Running {
  readonly runner: Actor
  readonly stream: AnswerStream
}

export function openRunnerService(world: World, services: () => Services): RunnerService {
  const running = new Set<Running>()
  const listeners: ((run: StartedRun) => void)[] = []

  const start = (payload: string, reader: Actor): AnswerStream => {
    const request = RunnerRequest.parse(JSON.parse(payload))
    const stream = openAnswerStream(world, reader)
    const timeLimitMs = settings.runnerTimeoutSeconds * 1000
    const runner = spawn(world, {
      kind: 'runner',
      purpose: `${request.command} for ${reader.name}`,
      run: () =>
        runSimulatedEngine(request, { services: services(), stream, hardStopAtMs: world.nowMs() + timeLimitMs }),
      timeLimitMs,
      onEnd: () => running.delete(entry),
      onDeath: () => {
        running.delete(entry)
        // Its host says so, unless the connection to the host broke as well.
        stream.end(world.random.chance(0.7) ? 'died' : 'cut')
      },
    })
    const entry = { runner, stream }
    running.add(entry)
    for (const listener of listeners) listener({ request, runner, reader, stream })
    return stream
  }
  world.surroundings.push({
    happenings: () => [],
    nextAtMs: () => undefined,
    disturb: () => {
      if (running.size === 0) return
      const { runner, stream } = world.random.pick([...running])
      if (world.trouble('runner death', world.profile.runnerDeaths)) kill(runner, 'its host fails')
      else if (world.trouble('broken stream', world.profile.brokenStreams)) {
        world.trace.add(world.nowMs(), '-', `the connection to ${runner.name} breaks`)
        stream.end('cut')
      }
    },
  })
  return {
    start,
    onStart: (listener) => {
      listeners.push(listener)
    },
  }
}

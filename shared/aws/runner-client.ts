/** Invoking the runner: the request in, its lines out as they come. */
import { RunnerLine, type RunnerRequest } from '../engine/protocol.ts'
import { readEnvironment } from './environment.ts'
import type { RunnerStream } from './runner-stream.ts'

/** The runner ended without its last line. */
export class RunnerDied extends Error {
  /** False when only the connection broke: the engine may still be at work, until its time is over. */
  readonly certain: boolean

  constructor(message: string, options: { certain: boolean; cause?: unknown }) {
    super(message, { cause: options.cause })
    this.name = 'RunnerDied'
    this.certain = options.certain
  }
}

/** The runner takes no more runs at the moment: nothing was begun, and nothing is known of the template. */
export class RunnerBusy extends Error {
  constructor(options: { cause: unknown }) {
    super('the runner stayed throttled', options)
    this.name = 'RunnerBusy'
  }
}

export interface RunnerClient {
  /** @throws RunnerDied when the stream breaks off, RunnerBusy when no run could be started. */
  run(request: RunnerRequest): AsyncGenerator<RunnerLine>
}

export function openRunnerClient(): RunnerClient {
  const { RUNNER_FUNCTION_NAME } = readEnvironment('RUNNER_FUNCTION_NAME')
  /** Loaded by the first job that needs an engine. */
  let stream: RunnerStream | undefined
  return {
    run: async function* (request) {
      stream ??= (await import('./runner-stream.ts')).openRunnerStream(RUNNER_FUNCTION_NAME)
      let rest = ''
      let complete = false
      try {
        for await (const chunk of stream(request)) {
          const lines = (rest + chunk).split('\n')
          rest = lines.pop() ?? ''
          for (const text of lines) {
            const line = RunnerLine.parse(JSON.parse(text))
            complete ||= line.type === 'result'
            yield line
          }
        }
      } catch (cause) {
        if (cause instanceof RunnerDied || cause instanceof RunnerBusy) throw cause
        throw new RunnerDied("the runner's answer broke off", { certain: false, cause })
      }
      if (!complete) throw new RunnerDied('the runner ended without a result', { certain: true })
    },
  }
}

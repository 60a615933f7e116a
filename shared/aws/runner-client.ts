/** Invoking the runner: the request in, its lines out as they come. */
import { InvokeWithResponseStreamCommand, LambdaClient, TooManyRequestsException } from '@aws-sdk/client-lambda'
import { RunnerLine, type RunnerRequest } from '../engine/protocol.ts'
import { readEnvironment } from './environment.ts'

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

export interface RunnerClient {
  /** @throws RunnerDied when the stream breaks off. */
  run(request: RunnerRequest): AsyncGenerator<RunnerLine>
}

const startTries = 6

async function invoke(client: LambdaClient, functionName: string, request: RunnerRequest) {
  const command = new InvokeWithResponseStreamCommand({
    FunctionName: functionName,
    Payload: Buffer.from(JSON.stringify(request)),
  })
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await client.send(command)
    } catch (cause) {
      // Only a refused start may be tried again: after any other failure an engine may be at work already.
      if (!(cause instanceof TooManyRequestsException))
        throw new RunnerDied('the runner could not be invoked', { certain: false, cause })
      if (attempt === startTries) throw new RunnerDied('the runner stayed throttled', { certain: true, cause })
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt))
    }
  }
}

async function* textChunks(client: LambdaClient, functionName: string, request: RunnerRequest): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const { EventStream } = await invoke(client, functionName, request)
  if (!EventStream) throw new RunnerDied('the runner answered without a stream', { certain: false })
  for await (const part of EventStream) {
    if (part.PayloadChunk?.Payload) yield decoder.decode(part.PayloadChunk.Payload, { stream: true })
    const failure = part.InvokeComplete?.ErrorCode
    if (failure)
      throw new RunnerDied(`the runner ended with ${failure}: ${part.InvokeComplete?.ErrorDetails ?? ''}`, {
        certain: true,
      })
  }
}

export function openRunnerClient(): RunnerClient {
  const { RUNNER_FUNCTION_NAME } = readEnvironment('RUNNER_FUNCTION_NAME')
  const client = new LambdaClient({ maxAttempts: 1 })
  return {
    run: async function* (request) {
      let rest = ''
      let complete = false
      try {
        for await (const chunk of textChunks(client, RUNNER_FUNCTION_NAME, request)) {
          const lines = (rest + chunk).split('\n')
          rest = lines.pop() ?? ''
          for (const text of lines) {
            const line = RunnerLine.parse(JSON.parse(text))
            complete ||= line.type === 'result'
            yield line
          }
        }
      } catch (cause) {
        if (cause instanceof RunnerDied) throw cause
        throw new RunnerDied("the runner's answer broke off", { certain: false, cause })
      }
      if (!complete) throw new RunnerDied('the runner ended without a result', { certain: true })
    },
  }
}

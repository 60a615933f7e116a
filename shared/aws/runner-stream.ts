/** The runner's answer as it streams in. Apart from its caller, because Lambda's client is a fifth of the worker. */
import { InvokeWithResponseStreamCommand, LambdaClient, TooManyRequestsException } from '@aws-sdk/client-lambda'
import type { RunnerRequest } from '../engine/protocol.ts'
import { RunnerBusy, RunnerDied } from './runner-client.ts'

/** @throws RunnerBusy (from the stream) when no run could be started, RunnerDied when one breaks off. */
export type RunnerStream = (request: RunnerRequest) => AsyncGenerator<string>

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
      if (attempt === startTries) throw new RunnerBusy({ cause })
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

export function openRunnerStream(functionName: string): RunnerStream {
  const client = new LambdaClient({ maxAttempts: 1 })
  return (request) => textChunks(client, functionName, request)
}

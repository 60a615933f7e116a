/**
 * Runs functions with Lambda's rules: an environment of their own, one request at a time per thread, cold and warm
 * starts, the function's time limit, payload limits, Lambda's error payloads. Not emulated: freezing between requests,
 * the processor share that comes with memory, `/tmp` of its own, and throttling of concurrency (requests wait instead).
 */
import { randomUUID } from 'node:crypto'
import { isAbsolute, join } from 'node:path'
import type { FunctionDefinition } from './cloud-model.ts'
import type { FunctionPool } from './function-pool.ts'
import { createFunctionPool } from './function-pool.ts'
import { functionNameOf } from './physical-names.ts'
import type { FunctionThread, ThreadOutcome } from './thread-handle.ts'
import { startThread } from './thread-handle.ts'
import type { FunctionErrorPayload } from './thread-messages.ts'

/** Lambda's limit for a request and for a response that is not streamed. */
export const maximumPayloadBytes = 6 * 1024 * 1024

const maximumInitMs = 60_000

export type InvocationResult = {
  requestId: string
  /** JSON, or what a streaming handler wrote; empty when it went to `onChunk`. */
  payload: Buffer
  /** Set when the payload describes an error of the function, as `X-Amz-Function-Error`. */
  error: FunctionErrorPayload | undefined
  /** The function's thread ended before it answered. */
  crashed: boolean
}

export type InvocationOptions = {
  /** Takes the response of a streaming handler in parts; the function waits while the promise is open. */
  onChunk?: (bytes: Uint8Array) => Promise<void>
}

export type LambdaHost = {
  find(nameOrArn: string): FunctionDefinition | undefined
  /** @throws Error for an unknown function and once the host has stopped; never for an error of the function itself */
  invoke(name: string, payload: string, options?: InvocationOptions): Promise<InvocationResult>
  /** Ends the busy threads of the named function, or of those whose logical id begins so, as if their machine died. */
  killThreads(nameOrLogicalIdPrefix: string): Promise<number>
  /** Announces the end to running functions, waits for them at most so long, then ends every thread with all it has started. */
  stop(graceMs: number): Promise<void>
  /** Synchronous, for the exit of the process: ends the programs that functions have started. */
  killChildren(): void
}

export type LambdaHostInput = {
  functions: FunctionDefinition[]
  environmentOf: (definition: FunctionDefinition) => Record<string, string>
  maxThreadsPerFunction: number
  idleMs: number
  onLog: (functionName: string, line: string) => void
}

type HostedFunction = { definition: FunctionDefinition; pool: FunctionPool; log: (line: string) => void }

export function createLambdaHost(input: LambdaHostInput): LambdaHost {
  const hosted = new Map(input.functions.map((definition) => [definition.name, hostFunction(definition, input)]))
  const running = new Set<Promise<unknown>>()
  const threads = () => [...hosted.values()].flatMap(({ pool }) => pool.all())
  return {
    find: (nameOrArn) => hosted.get(functionNameOf(nameOrArn))?.definition,
    invoke: async (name, payload, options = {}) => {
      const target = hosted.get(name)
      if (!target) throw new Error(`there is no function ${name}`)
      const invocation = invoke(target, payload, options)
      running.add(invocation)
      return invocation.finally(() => running.delete(invocation))
    },
    killThreads: (prefix) => killThreads([...hosted.values()], prefix),
    stop: async (graceMs) => {
      for (const { pool } of hosted.values()) for (const thread of pool.busy()) thread.announceShutdown()
      await Promise.race([Promise.allSettled(running), pause(graceMs)])
      await Promise.all([...hosted.values()].map(({ pool }) => pool.close()))
      await Promise.allSettled(running)
    },
    killChildren: () => {
      for (const thread of threads()) thread.killChildren()
    },
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref())

function hostFunction(definition: FunctionDefinition, input: LambdaHostInput): HostedFunction {
  const [file, exportName] = splitHandler(definition)
  const log = (line: string) => input.onLog(definition.name, line)
  const start = () =>
    startThread({
      settings: {
        functionName: definition.name,
        functionArn: definition.arn,
        memoryMegabytes: definition.memoryMegabytes,
        modulePath: isAbsolute(file) ? file : join(definition.codeFolder, file),
        exportName,
      },
      environment: input.environmentOf(definition),
      onLine: log,
    })
  return {
    definition,
    log,
    pool: createFunctionPool({ start, maxThreads: input.maxThreadsPerFunction, idleMs: input.idleMs }),
  }
}

/** `index.handler` is the export `handler` of `index.mjs`. */
function splitHandler({ handler, logicalId }: FunctionDefinition): [string, string] {
  const dot = handler.lastIndexOf('.')
  if (dot <= 0) throw new Error(`${logicalId}: the handler ${handler} is not of the form file.export`)
  return [`${handler.slice(0, dot)}.mjs`, handler.slice(dot + 1)]
}

async function killThreads(hosted: HostedFunction[], prefix: string): Promise<number> {
  const matching = hosted.filter(
    ({ definition: { name, logicalId } }) => name === prefix || logicalId.startsWith(prefix),
  )
  const busy = matching.flatMap(({ pool }) => pool.busy())
  await Promise.all(busy.map((thread) => thread.terminate()))
  return busy.length
}

async function invoke(target: HostedFunction, payload: string, options: InvocationOptions): Promise<InvocationResult> {
  const requestId = randomUUID()
  const thread = await target.pool.acquire()
  try {
    const chunks: Uint8Array[] = []
    const collect = async (bytes: Uint8Array) => void chunks.push(bytes)
    const outcome =
      (await loaded(thread)) ?? (await runWithLimit(target, thread, requestId, payload, options.onChunk ?? collect))
    return toResult(requestId, outcome, chunks)
  } finally {
    // A thread that could not load its handler cannot serve the next request either; a new one tries again.
    if ((await thread.ready) !== undefined) await thread.terminate()
    target.pool.release(thread)
  }
}

/** Loading the handler has a limit of its own; Lambda's 10 s would be too strict for a small, busy machine. */
async function loaded(thread: FunctionThread): Promise<ThreadOutcome | undefined> {
  const timer = setTimeout(() => void thread.terminate(), maximumInitMs)
  return thread.ready.finally(() => clearTimeout(timer))
}

async function runWithLimit(
  { definition, log }: HostedFunction,
  thread: FunctionThread,
  requestId: string,
  payload: string,
  onChunk: (bytes: Uint8Array) => Promise<void>,
): Promise<ThreadOutcome> {
  const limitMs = definition.timeoutSeconds * 1000
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    void thread.terminate()
  }, limitMs)
  const outcome = await thread.run({ requestId, payload, deadlineMs: Date.now() + limitMs }, onChunk)
  clearTimeout(timer)
  if (!timedOut) {
    if (outcome.kind === 'error' && outcome.crashed) log(`${requestId} ${outcome.error.errorMessage}`)
    return outcome
  }
  const message = `Task timed out after ${definition.timeoutSeconds.toFixed(2)} seconds`
  log(`${requestId} ${message}`)
  const error = { errorType: 'Sandbox.Timedout', errorMessage: `RequestId: ${requestId} Error: ${message}` }
  return { kind: 'error', error, crashed: true }
}

function toResult(requestId: string, outcome: ThreadOutcome, chunks: Uint8Array[]): InvocationResult {
  const failure = (error: FunctionErrorPayload, crashed: boolean) => {
    return { requestId, payload: Buffer.from(JSON.stringify(error)), error, crashed }
  }
  if (outcome.kind === 'error') return failure(outcome.error, outcome.crashed)
  const payload = outcome.payload === undefined ? Buffer.concat(chunks) : Buffer.from(outcome.payload)
  if (payload.byteLength <= maximumPayloadBytes) return { requestId, payload, error: undefined, crashed: false }
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${maximumPayloadBytes} bytes).`
  return failure({ errorType: 'Function.ResponseSizeTooLarge', errorMessage }, false)
}

/**
 * Runs inside a function's worker thread and stands for Lambda's Node.js runtime there: loads the handler, gives it
 * events one at a time, and has the global `awslambda` for response streaming. It reports every program the function
 * starts to the host, because a terminated thread cannot end its children.
 *
 * As in Lambda's Node.js 24 runtime, handlers are async functions; there is no callback.
 */
import { ChildProcess } from 'node:child_process'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import type { ResponseStream } from './response-stream.ts'
import { createResponseStream } from './response-stream.ts'
import type {
  FunctionErrorPayload,
  HostMessage,
  InvocationRequest,
  ThreadMessage,
  ThreadSettings,
} from './thread-messages.ts'

type Context = ReturnType<typeof createContext>
type BufferedHandler = (event: unknown, context: Context) => unknown
type StreamingHandler = (event: unknown, stream: Writable, context: Context) => unknown
type Handler = (BufferedHandler | StreamingHandler) & { [streaming]?: true }

const streaming = Symbol('streaming handler')
const port = parentPort
if (!port) throw new Error('function-thread.ts runs in a worker thread only')
const settings = workerData as ThreadSettings
const send = (message: ThreadMessage) => port.postMessage(message)

reportChildProcesses()
Object.assign(globalThis, { awslambda: { streamifyResponse, HttpResponseStream: { from: withPrelude } } })
await loadHandler().then(serve, (error) => send({ type: 'init-failed', error: describeError(error) }))

/** Every way to start a program but the synchronous ones ends in this method. */
function reportChildProcesses(): void {
  type Spawnable = { spawn(this: ChildProcess, options: { detached?: boolean }): unknown }
  const prototype = ChildProcess.prototype as unknown as Spawnable
  const { spawn } = prototype
  prototype.spawn = function reportedSpawn(options) {
    const result = spawn.call(this, options)
    const { pid } = this
    if (pid !== undefined) {
      send({ type: 'spawned', pid, leadsGroup: options.detached === true })
      this.once('exit', () => send({ type: 'exited', pid }))
    }
    return result
  }
}

function streamifyResponse(handler: StreamingHandler): Handler {
  return Object.assign(handler, { [streaming]: true as const })
}

/** Status and headers before the body, in the form that Lambda's HTTP integrations expect. */
function withPrelude(stream: Writable & { setContentType?(type: string): void }, metadata: unknown): Writable {
  stream.setContentType?.('application/vnd.awslambda.http-integration-response')
  stream.write(JSON.stringify(metadata))
  stream.write(new Uint8Array(8))
  return stream
}

async function loadHandler(): Promise<Handler> {
  const module = (await import(pathToFileURL(settings.modulePath).href)) as Record<string, unknown>
  const handler = module[settings.exportName]
  if (typeof handler === 'function') return handler as Handler
  const name = `index.${settings.exportName}`
  throw Object.assign(new Error(`${name} is undefined or not exported`), { name: 'Runtime.HandlerNotFound' })
}

function serve(handler: Handler): void {
  let response: ResponseStream | undefined
  port?.on('message', (message: HostMessage) => {
    if (message.type === 'taken') {
      response?.taken(message.bytes)
      return
    }
    if (message.type === 'shutdown') {
      process.emit('SIGTERM')
      return
    }
    response = handler[streaming] ? createResponseStream((bytes) => send({ type: 'chunk', bytes })) : undefined
    void invoke(handler, message.request, response?.stream)
  })
  send({ type: 'ready' })
}

async function invoke(handler: Handler, request: InvocationRequest, stream: Writable | undefined): Promise<void> {
  const context = createContext(request)
  try {
    const event: unknown = JSON.parse(request.payload)
    if (!stream) {
      const result = await (handler as BufferedHandler)(event, context)
      send({ type: 'result', payload: JSON.stringify(result) ?? 'null' })
      return
    }
    // The response is complete when the stream is, also if the handler has returned before.
    const ended = finished(stream)
    await Promise.all([(handler as StreamingHandler)(event, stream, context), ended])
    send({ type: 'result' })
  } catch (error) {
    const description = describeError(error)
    console.error(`${request.requestId}\tERROR\tInvoke Error\t${JSON.stringify(description)}`)
    send({ type: 'error', error: description })
  }
}

function createContext({ requestId, deadlineMs }: InvocationRequest) {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: settings.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: settings.functionArn,
    memoryLimitInMB: String(settings.memoryMegabytes),
    awsRequestId: requestId,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME ?? '',
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME ?? '',
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  }
}

function describeError(error: unknown): FunctionErrorPayload {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error) }
  const trace = (error.stack ?? '').split('\n')
  return { errorType: error.name, errorMessage: error.message, trace }
}

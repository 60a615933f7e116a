/**
 * A function in a process of its own that has nothing but its bundle and its environment, as in a sandbox of Lambda: from
 * the start of Node to the first answer, and then request after request. Times are taken inside, so that sending requests
 * there and answers back is not in them.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'

/** One request and its answer. Milliseconds. */
export interface Invocation {
  readonly answer: unknown
  /** Of the handler. */
  readonly ms: number
  /** From the start of the process to the answer. */
  readonly sinceStartMs: number
  /** Of importing the function. */
  readonly importMs: number
  /** What the function has logged so far. */
  readonly logBytes: number
}

export interface FunctionProcess {
  /** One at a time. @throws Error when the handler throws, or the process ends */
  invoke(event: unknown): Promise<Invocation>
  stop(): Promise<void>
}

/** As Lambda's runtime: handlers are async functions; the one that streams gets a stream as its second argument. */
const runtime = `
import { PassThrough } from 'node:stream'
const streaming = Symbol()
globalThis.awslambda = { streamifyResponse: (handler) => Object.assign(handler, { [streaming]: true }) }
const context = { awsRequestId: crypto.randomUUID(), getRemainingTimeInMillis: () => 600_000 }
let logBytes = 0
const write = process.stdout.write.bind(process.stdout)
process.stdout.write = (chunk) => { logBytes += Buffer.byteLength(chunk); return true }
const startedAt = performance.now()
const { handler } = await import(process.argv[1])
const importMs = performance.now() - startedAt
const call = async (event) => {
  if (!handler[streaming]) return handler(event, context)
  const stream = new PassThrough().resume()
  await handler(event, stream, context)
}
process.on('disconnect', () => process.exit())
process.on('message', async (event) => {
  const calledAt = performance.now()
  const outcome = await call(event).then((answer) => ({ answer }), (error) => ({ error: error.stack }))
  const answeredAt = performance.now()
  process.send({ ...outcome, ms: answeredAt - calledAt, sinceStartMs: answeredAt, importMs, logBytes })
})`

/** @param folder of the bundle; the handler is `index.handler` */
export function startFunctionProcess(folder: string, environment: Record<string, string>): FunctionProcess {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', runtime, pathToFileURL(`${folder}/index.mjs`).href],
    { env: environment, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] },
  )
  let complaint = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString('utf8')).slice(-2000)
  })
  const closed = once(child, 'close')
  return {
    invoke: async (event) => {
      const answered = once(child, 'message') as Promise<[Invocation & { error?: string }]>
      child.send(event as object)
      const ended = closed.then(() => {
        throw new Error(`the function in ${folder} ended without an answer: ${complaint}`)
      })
      const [invocation] = await Promise.race([answered, ended])
      if (invocation.error !== undefined) throw new Error(`the function in ${folder} failed: ${invocation.error}`)
      return invocation
    },
    stop: async () => {
      child.kill('SIGKILL')
      await closed
    },
  }
}

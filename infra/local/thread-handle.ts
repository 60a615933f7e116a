/** The host's side of one function thread: start it, give it one request at a time, end it with all it has started. */
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { Worker } from 'node:worker_threads'
import { trackChildProcesses } from './child-processes.ts'
import type {
  FunctionErrorPayload,
  HostMessage,
  InvocationRequest,
  ThreadMessage,
  ThreadSettings,
} from './thread-messages.ts'

export type ThreadInput = {
  settings: ThreadSettings
  environment: Record<string, string>
  onLine: (line: string) => void
}

/** How an invocation ended. `crashed`: the thread ended before it answered. */
export type ThreadOutcome =
  | { kind: 'result'; payload: string | undefined }
  | { kind: 'error'; error: FunctionErrorPayload; crashed: boolean }

export type FunctionThread = {
  /** Settles when the handler is loaded, or with the outcome that every invocation would have. */
  readonly ready: Promise<ThreadOutcome | undefined>
  /** Whether the thread has ended; it takes no more requests then. */
  readonly ended: boolean
  /**
   * One request at a time.
   * @param onChunk takes a part of a streamed response; the next window waits for its promise
   */
  run(request: InvocationRequest, onChunk: (bytes: Uint8Array) => Promise<void>): Promise<ThreadOutcome>
  /** Tells the function that it will be ended soon; it may use the time to bring its work to a good end. */
  announceShutdown(): void
  /** Ends the thread and every program it started; a running request ends as crashed. */
  terminate(): Promise<void>
  /** Ends the programs only, synchronously. */
  killChildren(): void
}

type Run = { settle(outcome: ThreadOutcome): void; onChunk(bytes: Uint8Array): Promise<void> }

type ThreadState = {
  worker: Worker
  run: Run | undefined
  ready: (failure: ThreadOutcome | undefined) => void
  ended: boolean
  fatal: FunctionErrorPayload | undefined
  children: ReturnType<typeof trackChildProcesses>
}

/** Starts a thread with nothing in its environment but what is given. */
export function startThread({ settings, environment, onLine }: ThreadInput): FunctionThread {
  const worker = new Worker(new URL('./function-thread.ts', import.meta.url), {
    workerData: settings,
    env: environment,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: settings.memoryMegabytes },
  })
  readLines(worker.stdout, onLine)
  readLines(worker.stderr, onLine)
  const { promise: ready, resolve } = Promise.withResolvers<ThreadOutcome | undefined>()
  const state: ThreadState = {
    worker,
    run: undefined,
    ready: resolve,
    ended: false,
    fatal: undefined,
    children: trackChildProcesses(),
  }
  worker.on('message', (message: ThreadMessage) => receive(state, message))
  worker.on('error', (error) => {
    state.fatal = describeFatal(error)
    onLine(`${state.fatal.errorType}: ${state.fatal.errorMessage}`)
  })
  const exited = new Promise<void>((resolveExit) => {
    worker.on('exit', (code) => {
      end(state, code)
      resolveExit()
    })
  })
  return {
    ready,
    get ended() {
      return state.ended
    },
    run: (request, onChunk) => run(state, request, onChunk),
    announceShutdown: () => post(worker, { type: 'shutdown' }),
    terminate: async () => {
      // Not earlier: a program that the thread starts while it is being ended is reported up to its exit.
      await worker.terminate()
      await exited
    },
    killChildren: () => state.children.killAll(),
  }
}

function run(state: ThreadState, request: InvocationRequest, onChunk: Run['onChunk']): Promise<ThreadOutcome> {
  if (state.run) throw new Error('a function thread takes one request at a time')
  if (state.ended) return Promise.resolve(crashOutcome(state, 1))
  return new Promise((resolve) => {
    const settle = (outcome: ThreadOutcome) => {
      state.run = undefined
      resolve(outcome)
    }
    state.run = { settle, onChunk }
    post(state.worker, { type: 'invoke', request })
  })
}

const post = (worker: Worker, message: HostMessage) => worker.postMessage(message)

function receive(state: ThreadState, message: ThreadMessage): void {
  switch (message.type) {
    case 'ready':
      state.ready(undefined)
      break
    case 'init-failed':
      state.ready({ kind: 'error', error: message.error, crashed: false })
      break
    case 'chunk':
      deliver(state, message.bytes)
      break
    case 'result':
      state.run?.settle({ kind: 'result', payload: message.payload })
      break
    case 'error':
      state.run?.settle({ kind: 'error', error: message.error, crashed: false })
      break
    case 'spawned':
      state.children.started(message.pid, message.leadsGroup)
      break
    case 'exited':
      state.children.ended(message.pid)
  }
}

/** A caller that is gone takes everything: as on AWS it does not stop the function. */
function deliver({ worker, run: current }: ThreadState, bytes: Uint8Array): void {
  const taken = () => post(worker, { type: 'taken', bytes: bytes.byteLength })
  const delivery = current ? current.onChunk(bytes) : Promise.resolve()
  delivery.then(taken, taken)
}

function end(state: ThreadState, code: number): void {
  state.ended = true
  state.children.killAll()
  state.ready(crashOutcome(state, code))
  state.run?.settle(crashOutcome(state, code))
}

function crashOutcome({ fatal }: ThreadState, code: number): ThreadOutcome {
  const error = fatal ?? {
    errorType: 'Runtime.ExitError',
    errorMessage: `Error: Runtime exited with error: exit status ${code}`,
  }
  return { kind: 'error', error, crashed: true }
}

/** What ended the thread: an error nobody caught, or its memory. */
function describeFatal(error: unknown): FunctionErrorPayload {
  if (!(error instanceof Error)) return { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: String(error) }
  const outOfMemory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY'
  const trace = (error.stack ?? '').split('\n')
  return { errorType: outOfMemory ? 'Runtime.OutOfMemory' : error.name, errorMessage: error.message, trace }
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream }).on('line', onLine)
}

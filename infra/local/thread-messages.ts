/** What a function's thread and its host say to each other. Payloads are JSON text, as between Lambda and its runtime. */

/** Given to the thread once, before it loads the handler. */
export type ThreadSettings = {
  functionName: string
  functionArn: string
  memoryMegabytes: number
  /** Absolute path of the module and the name of its export. */
  modulePath: string
  exportName: string
}

export type InvocationRequest = { requestId: string; payload: string; deadlineMs: number }

/** Lambda's form of an error that a function threw. */
export type FunctionErrorPayload = { errorType: string; errorMessage: string; trace?: string[] }

export type HostMessage =
  | { type: 'invoke'; request: InvocationRequest }
  /** The caller took this many bytes of the response stream. */
  | { type: 'taken'; bytes: number }
  /** The machine stops soon, and says so as Lambda does: with SIGTERM. */
  | { type: 'shutdown' }

export type ThreadMessage =
  | { type: 'ready' }
  | { type: 'init-failed'; error: FunctionErrorPayload }
  | { type: 'chunk'; bytes: Uint8Array }
  /** `payload` is absent when the response went out as chunks. */
  | { type: 'result'; payload?: string }
  | { type: 'error'; error: FunctionErrorPayload }
  /** The function started a program. `leadsGroup`: it has a process group of its own. */
  | { type: 'spawned'; pid: number; leadsGroup: boolean }
  | { type: 'exited'; pid: number }

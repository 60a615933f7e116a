/** Small stand-ins for what a worker talks to, in memory, that a test can steer and look into. */
import type { Blobs } from '../../shared/aws/blobs.ts'
import type { Clock } from '../../shared/aws/clock.ts'
import type { RunnerClient } from '../../shared/aws/runner-client.ts'
import type { ResultLine, RunnerLine, RunnerRequest } from '../../shared/engine/protocol.ts'
import type { JobMessage, JobQueue } from '../../shared/job/queue.ts'

/** A clock that stands still until it is set. */
export function settableClock(start: Date): Clock & { set(now: Date): void } {
  let now = start
  return {
    now: () => now,
    set: (next) => {
      now = next
    },
  }
}

export interface SentJob {
  readonly message: JobMessage
  readonly attempt: number
}

/** A queue that keeps what it is sent, or refuses everything while `refusing` says why. */
export function recordingQueue(): JobQueue & { readonly sent: SentJob[]; refusing: Error | undefined } {
  const queue = {
    sent: [] as SentJob[],
    refusing: undefined as Error | undefined,
    send: async (message: JobMessage, attempt: number) => {
      if (queue.refusing) throw queue.refusing
      queue.sent.push({ message, attempt })
    },
  }
  return queue
}

/** A bucket in memory. */
export function memoryBlobs(): Blobs & { readonly content: Map<string, string | Uint8Array> } {
  const content = new Map<string, string | Uint8Array>()
  const bytes = (key: string) => {
    const kept = content.get(key)
    return kept === undefined ? undefined : Buffer.from(kept as Uint8Array)
  }
  return {
    content,
    put: async (key, given) => {
      content.set(key, given)
    },
    get: async (key) => bytes(key)?.toString('utf8'),
    getBytes: async (key) => bytes(key),
    delete: async (keys) => {
      for (const key of keys) content.delete(key)
    },
    list: async (prefix) => [...content.keys()].filter((key) => key.startsWith(prefix)),
    linkToGet: async (key) => `memory:get:${key}`,
    linkToPut: async (key) => `memory:put:${key}`,
  }
}

/** One run of the engine: its lines, or the error with which its stream breaks off after them. */
export interface ScriptedRun {
  readonly lines?: Iterable<RunnerLine>
  readonly result?: Partial<ResultLine>
  readonly breaksOff?: Error
  /** What the engine saves as the stack's state while it runs. */
  readonly savesState?: string
  /** What happens elsewhere before the run ends. */
  readonly meanwhile?: () => Promise<unknown>
}

/** The engine's last line; by default a success that completed everything. */
export function resultLine(given: Partial<ResultLine> = {}): ResultLine {
  return {
    type: 'result',
    outcome: 'succeeded',
    stateSaved: true,
    viewComplete: true,
    touchedResources: true,
    settled: true,
    ...given,
  }
}

/** A runner that plays the given runs in order and keeps the requests it got; one run too many is an error. */
export function scriptedRunner(
  blobs: ReturnType<typeof memoryBlobs>,
  runs: readonly ScriptedRun[],
): RunnerClient & { readonly requests: RunnerRequest[] } {
  const requests: RunnerRequest[] = []
  return {
    requests,
    run: async function* (request) {
      const script = runs[requests.length]
      requests.push(request)
      if (!script) throw new Error(`the runner was called ${requests.length} times, ${runs.length} runs are scripted`)
      yield* script.lines ?? []
      await script.meanwhile?.()
      const result = resultLine(script.result)
      const saved =
        script.savesState ?? (!script.breaksOff && result.stateSaved ? `state ${requests.length}` : undefined)
      const { writeUrl } = request.state
      if (saved !== undefined && writeUrl) blobs.content.set(writeUrl.slice('memory:put:'.length), saved)
      if (script.breaksOff) throw script.breaksOff
      yield result
    },
  }
}

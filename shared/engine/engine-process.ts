/**
 * Runs one command of the engine as a process of its own group, reads its lines, and never leaves anything of the group
 * behind. Knows nothing of what the lines mean.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { type BoundedLine, boundedLines } from './bounded-lines.ts'
import { boundedCommand, engineBounds, type ProcessBounds } from './bounded-process.ts'
import { interruptConfined } from './confined-interrupt.ts'
import { type ConfinedEnd, type Confinement, confinedCommand, confinedEnd } from './confinement.ts'
import { RunFailure } from './run-failure.ts'
import { killGroup } from './stray-processes.ts'
import { withheldDescriptors } from './withheld-descriptors.ts'

export interface EngineCommandLine {
  readonly binary: string
  readonly args: readonly string[]
  readonly folder: string
  /** The whole environment; nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>
}

export interface EngineLimits {
  /** When the engine is asked to stop (SIGINT, to it alone: it ends its own children in order). */
  readonly interruptAtMs: number
  /** When the whole group is killed. After an earlier interrupt, the same time is left as between these two. */
  readonly killAtMs: number
  /** Aborted to have the engine asked to stop before that. */
  readonly shutdown?: AbortSignal | undefined
  readonly maxLineBytes: number
  /** Of every single process; the service's own when absent. */
  readonly bounds?: ProcessBounds | undefined
  /** What the engine must not see of a machine that it shares with the service; absent: it has one of its own. */
  readonly confinement?: Confinement | undefined
  readonly now: () => number
}

export interface EngineExit {
  /** Null when a signal ended the engine. */
  readonly code: number | null
  /** The engine was asked to stop before it ended. */
  readonly interrupted: boolean
  /** The engine did not stop in time and was killed. */
  readonly killed: boolean
  /** End of what it wrote to standard error. */
  readonly errorText: string
}

export type LineReader = (line: BoundedLine, interrupted: boolean) => void | Promise<void>

const errorTextBytes = 8 * 1024
/** What setTimeout can wait; longer waits would fire at once. */
const longestTimerMs = 2 ** 31 - 1

type EngineChild = ChildProcessByStdio<null, Readable, Readable>

/**
 * Runs a command to its end. Reading waits for `readLine`, so a slow reader slows the engine instead of filling memory.
 * A reader that throws interrupts the engine; its error is thrown here after the engine ended.
 * @throws the operating system's error when the process cannot be started; RunFailure when it cannot be confined.
 */
export async function runEngine(
  command: EngineCommandLine,
  limits: EngineLimits,
  readLine: LineReader,
): Promise<EngineExit> {
  // The shell that sets the bounds would only say so in words.
  await access(command.binary, constants.X_OK)
  const child = start(command, limits)
  await once(child, 'spawn')
  const stopper = startStopper(child, limits)
  let readerError: { readonly error: unknown } | undefined
  const readAll = async () => {
    for await (const line of boundedLines(child.stdout, limits.maxLineBytes)) {
      if (readerError) continue
      try {
        await readLine(line, stopper.interrupted())
      } catch (error) {
        readerError = { error }
        stopper.interrupt()
      }
    }
  }
  try {
    const [status, , said] = await Promise.all([exitOf(child), readAll(), tailOf(child.stderr, errorTextBytes)])
    if (readerError) throw readerError.error
    const { code, errorText } = limits.confinement ? endInside(status, said) : { code: status, errorText: said }
    return { code, interrupted: stopper.interrupted(), killed: stopper.killed(), errorText }
  } finally {
    stopper.end()
    if (isRunning(child)) killGroup(child.pid!)
  }
}

function start({ binary, args, folder, environment }: EngineCommandLine, limits: EngineLimits): EngineChild {
  const { confinement, bounds = engineBounds } = limits
  const engine = confinement ? confinedCommand(binary, args, confinement) : ([binary, args] as const)
  const [program, programArgs] = boundedCommand(...engine, bounds)
  return withheldDescriptors((stdio) => {
    const child = spawn(program, programArgs, { cwd: folder, env: environment, detached: true, stdio })
    return child as unknown as EngineChild
  })
}

function endInside(status: number | null, said: string): ConfinedEnd {
  const end = confinedEnd(status, said)
  if (end.notStarted === undefined) return end
  throw new RunFailure('The deployment engine was not started, because this machine did not confine it.', {
    cause: new Error(end.notStarted),
  })
}

async function exitOf(child: EngineChild): Promise<number | null> {
  const [code] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  // Provider and provisioner processes may still hold the engine's output; without this, reading could wait for them.
  killGroup(child.pid!)
  return code
}

/** A group may only be killed by its number while its first process has not ended, or at the moment when it does. */
function isRunning(child: EngineChild): boolean {
  return child.exitCode === null && child.signalCode === null
}

/** The two timers of an engine process. */
function startStopper(child: EngineChild, limits: EngineLimits) {
  const graceMs = Math.max(0, limits.killAtMs - limits.interruptAtMs)
  let interrupted = false
  let killed = false
  let killTimer: NodeJS.Timeout | undefined
  const kill = () => {
    if (!isRunning(child)) return
    killed = true
    killGroup(child.pid!)
  }
  const interrupt = () => {
    if (interrupted || !isRunning(child)) return
    interrupted = true
    if (limits.confinement) interruptConfined(child.pid!)
    else child.kill('SIGINT')
    killTimer = setTimeout(kill, Math.min(graceMs, Math.max(0, limits.killAtMs - limits.now())))
  }
  const waitMs = Math.min(longestTimerMs, Math.max(0, limits.interruptAtMs - limits.now()))
  const interruptTimer = setTimeout(interrupt, waitMs)
  limits.shutdown?.addEventListener('abort', interrupt, { once: true })
  if (limits.shutdown?.aborted) interrupt()
  return {
    interrupt,
    interrupted: () => interrupted,
    killed: () => killed,
    end: () => {
      clearTimeout(interruptTimer)
      clearTimeout(killTimer)
      limits.shutdown?.removeEventListener('abort', interrupt)
    },
  }
}

async function tailOf(stream: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  let tail: Buffer = Buffer.alloc(0)
  for await (const chunk of stream) tail = Buffer.concat([tail, chunk]).subarray(-maxBytes)
  return tail.toString('utf8')
}

/**
 * The threads of one function: warm ones are used again, a new one is started when all are busy (a cold start), up to a
 * limit; further requests wait in line. Threads that nobody needed for a while are ended.
 */
import type { FunctionThread } from './thread-handle.ts'

export type FunctionPool = {
  /** A thread that is loaded or loading and has no request. @throws Error once the pool is closed */
  acquire(): Promise<FunctionThread>
  /** Gives the thread back; an ended one is forgotten. */
  release(thread: FunctionThread): void
  busy(): FunctionThread[]
  all(): FunctionThread[]
  /** Ends every thread and refuses who waits. */
  close(): Promise<void>
}

export type FunctionPoolInput = { start: () => FunctionThread; maxThreads: number; idleMs: number }

type Waiter = { resolve(thread: FunctionThread): void; reject(error: Error): void }

export function createFunctionPool({ start, maxThreads, idleMs }: FunctionPoolInput): FunctionPool {
  const busy = new Set<FunctionThread>()
  /** Most recently used last; the timer ends the thread. */
  const idle = new Map<FunctionThread, NodeJS.Timeout>()
  const waiting: Waiter[] = []
  let closed = false

  const takeWarm = (): FunctionThread | undefined => {
    for (const [thread, timer] of [...idle].reverse()) {
      clearTimeout(timer)
      idle.delete(thread)
      if (!thread.ended) return thread
    }
    return undefined
  }
  const take = (): FunctionThread => {
    const thread = takeWarm() ?? start()
    busy.add(thread)
    return thread
  }
  const rest = (thread: FunctionThread) => {
    const timer = setTimeout(() => {
      idle.delete(thread)
      void thread.terminate()
    }, idleMs)
    idle.set(thread, timer.unref())
  }
  return {
    acquire: async () => {
      if (closed) throw new Error('the function host has stopped')
      if (busy.size < maxThreads) return take()
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
    },
    release: (thread) => {
      busy.delete(thread)
      if (!thread.ended && !closed) rest(thread)
      if (waiting.length > 0 && !closed) waiting.shift()?.resolve(take())
    },
    busy: () => [...busy],
    all: () => [...busy, ...idle.keys()],
    close: async () => {
      closed = true
      for (const { reject } of waiting.splice(0)) reject(new Error('the function host has stopped'))
      for (const timer of idle.values()) clearTimeout(timer)
      await Promise.all([...busy, ...idle.keys()].map((thread) => thread.terminate()))
      idle.clear()
    },
  }
}

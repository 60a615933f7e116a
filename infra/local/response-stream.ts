/** The writable side of Lambda's response streaming, inside a function's thread. */
import { Writable } from 'node:stream'

/** Bytes that may be on their way to the caller before the function has to wait. */
const windowBytes = 64 * 1024

export type ResponseStream = {
  stream: Writable
  /** To be called when the caller took bytes. */
  taken(bytes: number): void
}

/**
 * A stream whose writes complete once no more than a window of bytes is unread by the caller, so a function that honours
 * `write()`'s answer, or uses `pipeline`, never fills the memory.
 */
export function createResponseStream(send: (bytes: Uint8Array) => void): ResponseStream {
  let unreadBytes = 0
  let waiting: (() => void) | undefined
  const stream = new Writable({
    highWaterMark: windowBytes,
    write(chunk: Buffer, _encoding, done) {
      unreadBytes += chunk.byteLength
      // A copy of its own, because the chunk's memory may be a part of a pool and is given away.
      send(new Uint8Array(chunk))
      if (unreadBytes <= windowBytes) done()
      else waiting = done
    },
  })
  return {
    stream,
    taken: (bytes) => {
      unreadBytes -= bytes
      if (!waiting || unreadBytes > windowBytes) return
      const done = waiting
      waiting = undefined
      done()
    },
  }
}

/**
 * The answer of a runner on its way to the worker: text in pieces that end anywhere, and then an end, or no end at all.
 * What the runner's host says of a runner that died is certain; a connection that broke says nothing about it.
 */
import { type Actor, call } from './actor.ts'
import type { World } from './world.ts'

/** `complete`: the function returned. `died`: its host says that it ended. `cut`: the connection broke. */
export type StreamEnd = 'complete' | 'died' | 'cut'

export interface AnswerStream {
  write(text: string): void
  end(how: StreamEnd): void
  /** Whether what is written cannot arrive any more. */
  isBroken(): boolean
  /** What was read so far. */
  delivered(): readonly Uint8Array[]
  /** The parts, as the SDK gives them. @throws Error for a connection that broke */
  read(): AsyncGenerator<StreamPart>
}

export interface StreamPart {
  readonly PayloadChunk?: { readonly Payload: Uint8Array }
  readonly InvokeComplete?: { readonly ErrorCode?: string; readonly ErrorDetails?: string }
}

const longestPiece = 1200

/** Cuts text into pieces, also within lines and characters. */
function pieces(world: World, text: string): Uint8Array[] {
  const bytes = new TextEncoder().encode(text)
  const cut: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = world.random.between(1, longestPiece)
    cut.push(bytes.slice(at, at + size))
    at += size
  }
  return cut
}

/** @param reader who reads the answer; when that one dies, nobody does */
export function openAnswerStream(world: World, reader: Actor): AnswerStream {
  const waiting: Uint8Array[] = []
  const delivered: Uint8Array[] = []
  let ending: StreamEnd | undefined
  const endPart = (): StreamPart => {
    if (ending === 'cut') throw Object.assign(new Error('the connection was reset'), { name: 'ECONNRESET' })
    return ending === 'died' ? { InvokeComplete: { ErrorCode: 'Runtime.ExitError' } } : { InvokeComplete: {} }
  }
  return {
    write: (text) => {
      if (ending === undefined) waiting.push(...pieces(world, text))
    },
    end: (how) => {
      if (ending !== undefined) return
      ending = how
      // What was under way when it broke may never arrive: also half a line.
      if (how !== 'complete') waiting.splice(world.random.below(waiting.length + 1))
    },
    delivered: () => delivered,
    isBroken: () => ending !== undefined || reader.state !== 'alive',
    read: async function* () {
      for (;;) {
        const part = await call<StreamPart>({
          label: 'read the answer of the runner',
          possible: () => waiting.length > 0 || ending !== undefined,
          effect: () => {
            const Payload = waiting.shift()
            if (!Payload) return endPart()
            delivered.push(Payload)
            return { PayloadChunk: { Payload } }
          },
          shown: ({ PayloadChunk }) => (PayloadChunk ? `${PayloadChunk.Payload.length} bytes` : 'its end'),
        })
        yield part
        if (part.InvokeComplete) return
      }
    },
  }
}

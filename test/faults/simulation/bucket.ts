/** The simulated bucket: texts by key, and who put them there. Links name what may be done with one key. */
import type { Actor } from './actor.ts'
import type { World } from './world.ts'

export interface StoredBlob {
  readonly content: string
  readonly by: Actor
  readonly putAtMs: number
}

export interface SimulatedBucket {
  readonly blobs: ReadonlyMap<string, StoredBlob>
  put(key: string, content: string, by: Actor): void
  delete(key: string): void
  /** Blobs that were lost, as no good bucket loses them: nobody can be blamed for missing these. */
  readonly lost: ReadonlySet<string>
  onPut(listener: (key: string, content: string) => void): void
  onDelete(listener: (key: string) => void): void
}

export function openSimulatedBucket(world: World): SimulatedBucket {
  const blobs = new Map<string, StoredBlob>()
  const lost = new Set<string>()
  const onPut: ((key: string, content: string) => void)[] = []
  const onDelete: ((key: string) => void)[] = []
  world.surroundings.push({
    happenings: () => [],
    nextAtMs: () => undefined,
    disturb: () => {
      if (blobs.size === 0 || !world.trouble('lost blob', world.profile.lostBlobs)) return
      const key = world.random.pick([...blobs.keys()].sort())
      world.trace.add(world.nowMs(), '-', `the bucket loses ${key}`)
      lost.add(key)
      blobs.delete(key)
    },
  })
  return {
    blobs,
    lost,
    put: (key, content, by) => {
      blobs.set(key, { content, by, putAtMs: world.nowMs() })
      for (const listener of onPut) listener(key, content)
    },
    delete: (key) => {
      if (blobs.delete(key)) for (const listener of onDelete) listener(key)
    },
    onPut: (listener) => onPut.push(listener),
    onDelete: (listener) => onDelete.push(listener),
  }
}

/** A link, as the runner gets it. */
export function linkTo(method: string, key: string): string {
  return `simulated:${method}:${key}`
}

/** @throws Error for what is no link of that kind: then a capability was used for what it does not allow */
export function keyOfLink(method: string, link: string): string {
  const prefix = `simulated:${method}:`
  if (!link.startsWith(prefix)) throw new Error(`a link to ${method} was expected`)
  return link.slice(prefix.length)
}

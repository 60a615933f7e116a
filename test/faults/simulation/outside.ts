/** The cloud that templates make resources in: what exists there, whoever knows of it. */

export interface OutsideResource {
  readonly id: string
  /** Id of the stack whose engine made it. */
  readonly stackId: string
  readonly address: string
  /** Name of the runner that made it. */
  readonly madeBy: string
  input: string
}

export interface Outside {
  readonly resources: ReadonlyMap<string, OutsideResource>
  create(made: Omit<OutsideResource, 'id'>): OutsideResource
  update(id: string, input: string): void
  delete(id: string): void
  /** Whether an operation that is to fail so many times fails once more; `what` tells operations apart. */
  fails(what: string, times: number): boolean
  onCreate(listener: (made: OutsideResource) => void): void
}

export function openOutside(): Outside {
  const resources = new Map<string, OutsideResource>()
  const listeners: ((made: OutsideResource) => void)[] = []
  const failed = new Map<string, number>()
  let count = 0
  return {
    resources,
    create: (made) => {
      count += 1
      const resource = { ...made, id: `r-${count}` }
      for (const listener of listeners) listener(resource)
      resources.set(resource.id, resource)
      return resource
    },
    update: (id, input) => {
      const resource = resources.get(id)
      if (resource) resource.input = input
    },
    delete: (id) => {
      resources.delete(id)
    },
    fails: (what, times) => {
      const before = failed.get(what) ?? 0
      if (before >= times) return false
      failed.set(what, before + 1)
      return true
    },
    onCreate: (listener) => {
      listeners.push(listener)
    },
  }
}

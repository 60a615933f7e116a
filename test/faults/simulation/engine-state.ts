/** The state and the saved plans of the simulated engine, as they lie in the bucket. */
import { addressOf, parseTemplate, type TemplateResource } from './template.ts'

export interface StateResource {
  readonly type: string
  readonly name: string
  readonly id: string
  readonly input: string
  readonly stuck: number
}

export interface EngineState {
  /** Changes with every write; a saved plan fits the one that it was made from. */
  readonly serial: number
  readonly resources: readonly StateResource[]
}

export interface SavedPlan {
  readonly serial: number
  readonly template: string
}

export const noState: EngineState = { serial: 0, resources: [] }

export type Operation =
  | { readonly kind: 'create'; readonly wanted: TemplateResource }
  | { readonly kind: 'update'; readonly wanted: TemplateResource; readonly present: StateResource }
  | { readonly kind: 'delete'; readonly present: StateResource; readonly seconds: number }

/** What brings a state to a template, deletions first; a resource that cannot be changed is deleted and made again. */
export function operationsFor(state: EngineState, wanted: readonly TemplateResource[]): Operation[] {
  const present = new Map(state.resources.map((resource) => [addressOf(resource), resource]))
  const kept = new Set(wanted.map(addressOf))
  const gone = state.resources.filter((resource) => !kept.has(addressOf(resource)))
  const changes = wanted.flatMap((resource): Operation[] => {
    const old = present.get(addressOf(resource))
    if (!old) return [{ kind: 'create', wanted: resource }]
    if (old.input === resource.input) return []
    if (resource.type === 'sim_thing') return [{ kind: 'update', wanted: resource, present: old }]
    return [
      { kind: 'delete', present: old, seconds: resource.seconds },
      { kind: 'create', wanted: resource },
    ]
  })
  return [...gone.map((old): Operation => ({ kind: 'delete', present: old, seconds: 1 })), ...changes]
}

/** The state after an operation. */
export function withResource(state: EngineState, resource: StateResource): EngineState {
  const others = state.resources.filter((other) => addressOf(other) !== addressOf(resource))
  return { serial: state.serial + 1, resources: [...others, resource] }
}

export function withoutResource(state: EngineState, id: string): EngineState {
  return { serial: state.serial + 1, resources: state.resources.filter((other) => other.id !== id) }
}

export function readTemplate(files: readonly { content: string }[]): TemplateResource[] {
  return files.flatMap(({ content }) => parseTemplate(content))
}

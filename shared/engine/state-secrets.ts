/**
 * The sensitive texts of a state file, for masking them in messages before the engine can show the state. Reads the file's
 * own format (version 4), which marks sensitive attributes by their paths. Pure.
 */
import { isRecord } from './attribute-values.ts'
import { markedTexts } from './redaction.ts'

/** Of anything that is not a state in that format (one that the engine encrypted, for example) none. */
export function stateSecrets(bytes: Buffer): string[] {
  const state = parsed(bytes)
  if (!isRecord(state) || state.version !== 4) return []
  const outputs = Object.values(isRecord(state.outputs) ? state.outputs : {}).filter(isRecord)
  return [
    ...outputs.filter(({ sensitive }) => sensitive === true).flatMap(({ value }) => markedTexts(value, true)),
    ...records(state.resources).flatMap(({ instances }) => records(instances).flatMap(instanceSecrets)),
  ]
}

function instanceSecrets({ attributes, sensitive_attributes: paths }: Record<string, unknown>): string[] {
  if (!Array.isArray(paths)) return []
  return paths.flatMap((path) => markedTexts(at(attributes, Array.isArray(path) ? path : []), true))
}

function at(value: unknown, path: readonly unknown[]): unknown {
  let found = withoutType(value)
  for (const step of path) {
    // `{type: "get_attr", value: "name"}` or `{type: "index", value: {value: 0, type: "number"}}`.
    const key = isRecord(step) ? withoutType(step.value) : undefined
    if (typeof key !== 'string' && typeof key !== 'number') return undefined
    const holder = found as Record<string, unknown> | null | undefined
    found = withoutType(typeof holder === 'object' && holder && Object.hasOwn(holder, key) ? holder[key] : undefined)
  }
  return found
}

/** Attributes without a fixed type are kept with the type beside the value, and its words are no secrets. */
function withoutType(value: unknown): unknown {
  const typed = isRecord(value) && Object.keys(value).length === 2 && 'value' in value && 'type' in value
  return typed ? value.value : value
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

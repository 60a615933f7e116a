/**
 * `show -json` of a state as the resources and outputs that the API shows: text only, secrets masked.
 * Source: Terraform "JSON Output Format", format version 1.x.
 */
import * as z from 'zod/mini'
import type { Output, ResourceInstance } from './protocol.ts'

export interface StateView {
  readonly resources: readonly ResourceInstance[]
  readonly outputs: readonly Output[]
}

const masked = '<sensitive>'

const Resource = z.object({
  address: z.string(),
  mode: z.string(),
  type: z.string(),
  name: z.string(),
  index: z.optional(z.union([z.string(), z.number()])),
  values: z._default(z.record(z.string(), z.unknown()), {}),
  sensitive_values: z.optional(z.unknown()),
  tainted: z.optional(z.boolean()),
  deposed_key: z.optional(z.string()),
})
type Resource = z.infer<typeof Resource>

const Module = z.object({
  resources: z._default(z.array(Resource), []),
  get child_modules() {
    return z._default(z.array(Module), [])
  },
})
type Module = z.infer<typeof Module>

const ShownState = z.object({
  values: z.optional(
    z.object({
      root_module: z.optional(Module),
      outputs: z._default(
        z.record(
          z.string(),
          z.object({ sensitive: z._default(z.boolean(), false), value: z.unknown(), type: z.unknown() }),
        ),
        {},
      ),
    }),
  ),
})

/**
 * Reads the output of `show -json`. Data sources are left out: they are not resources of the stack. A deposed object shares
 * its address with the instance that replaces it, and shows only where there is no such instance.
 * @throws Error when the text is not a state in the documented format.
 */
export function stateView(text: string): StateView {
  const { values } = ShownState.parse(parseExactly(text))
  const resources = values?.root_module ? managedResources(values.root_module) : []
  const outputs = Object.entries(values?.outputs ?? {})
  return {
    resources: resources.map(resourceInstance),
    outputs: outputs.map(([name, output]) =>
      output.sensitive
        ? { name, type: masked, value: masked, sensitive: true }
        : { name, type: typeText(output.type), value: JSON.stringify(output.value ?? null), sensitive: false },
    ),
  }
}

function managedResources(module: Module): Resource[] {
  const managed = module.resources.filter(({ mode }) => mode === 'managed')
  const current = new Set(managed.filter((resource) => !isDeposed(resource)).map(({ address }) => address))
  const own = managed.filter((resource) => !isDeposed(resource) || !current.has(resource.address))
  return [...own, ...module.child_modules.flatMap(managedResources)]
}

function isDeposed(resource: Resource): boolean {
  return resource.deposed_key !== undefined
}

function resourceInstance(resource: Resource): ResourceInstance {
  const values = mask(resource.values, resource.sensitive_values)
  const attributes = isRecord(values) ? values : {}
  const { id, name } = attributes
  return {
    address: resource.address,
    type: resource.type,
    name: resource.name,
    ...(resource.index === undefined ? {} : { key: String(resource.index) }),
    ...(typeof id === 'string' || isNumber(id) ? { id: attributeText(id) } : {}),
    ...(typeof name === 'string' ? { physicalName: name } : {}),
    tainted: resource.tainted ?? false,
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: attributeText(value) })),
  }
}

/** Strings as they are, everything else as compact JSON. */
function attributeText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}

/** `value` with each part that `sensitive`, a parallel structure with `true` at secrets, marks replaced. */
function mask(value: unknown, sensitive: unknown): unknown {
  if (sensitive === true) return masked
  if (Array.isArray(value) && Array.isArray(sensitive)) return value.map((item, at) => mask(item, sensitive[at]))
  if (isRecord(value) && isRecord(sensitive)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mask(item, sensitive[key])]))
  }
  return value
}

/**
 * A type constraint in the language's own notation, from its JSON form: `"string"`, `["list", "string"]`,
 * `["object", {"a": "string"}]`, `["tuple", ["string", "number"]]`.
 */
export function typeText(type: unknown): string {
  if (typeof type === 'string') return type === 'dynamic' ? 'any' : type
  if (!Array.isArray(type)) return 'any'
  const [kind, inner] = type as [unknown, unknown]
  if (kind === 'object' && isRecord(inner)) {
    const fields = Object.entries(inner).map(([name, field]) => `${name} = ${typeText(field)}`)
    return `object({${fields.join(', ')}})`
  }
  if (kind === 'tuple' && Array.isArray(inner)) return `tuple([${inner.map(typeText).join(', ')}])`
  return `${kind}(${typeText(inner)})`
}

interface RawNumber {
  readonly rawJSON: string
}

/** The language's numbers are exact, JavaScript's are not: long ones are kept as they are written (`JSON.rawJSON`). */
const exactJson = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
  rawJSON(text: string): RawNumber
  isRawJSON(value: unknown): value is RawNumber
}

function parseExactly(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text)
  return exactJson.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? exactJson.rawJSON(source) : value,
  )
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || exactJson.isRawJSON(value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !exactJson.isRawJSON(value)
}

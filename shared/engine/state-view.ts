/**
 * `show -json` of a state as the resources and outputs that the API shows: text only, secrets masked.
 * Source: Terraform "JSON Output Format", format version 1.x.
 */
import * as z from 'zod/mini'
import { attributeText, identityText, isRecord, parseExactly } from './attribute-values.ts'
import type { Output, ResourceInstance } from './protocol.ts'
import { markedTexts, masked, maskMarked, type Redaction, redaction, resourceMarks } from './redaction.ts'

export interface StateView {
  readonly resources: readonly ResourceInstance[]
  readonly outputs: readonly Output[]
  /** Texts of the sensitive values, to be masked wherever else they turn up. */
  readonly secrets: readonly string[]
}

const StateResource = z.object({
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
export type StateResource = z.infer<typeof StateResource>

export const StateModule = z.object({
  resources: z._default(z.array(StateResource), []),
  get child_modules() {
    return z._default(z.array(StateModule), [])
  },
})
export type StateModule = z.infer<typeof StateModule>

/** The values of a state; a plan holds those of the state that it starts from in the same form. */
export const StateValues = z.object({
  root_module: z.optional(StateModule),
  outputs: z._default(
    z.record(
      z.string(),
      z.object({ sensitive: z._default(z.boolean(), false), value: z.unknown(), type: z.unknown() }),
    ),
    {},
  ),
})
export type StateValues = z.infer<typeof StateValues>

/** The output of `show -json` for a state; one that was never written has no values. */
export const ShownState = z.object({ values: z.optional(StateValues) })

/**
 * Reads the output of `show -json`. Data sources are left out: they are not resources of the stack. A deposed object shares
 * its address with the instance that replaces it, and shows only where there is no such instance.
 * @throws Error when the text is not a state in the documented format.
 */
export function stateView(text: string): StateView {
  const { values } = ShownState.parse(parseExactly(text))
  const secrets = values ? valueSecrets(values) : []
  const redact = redaction(secrets)
  const resources = values?.root_module ? managedResources(values.root_module) : []
  return {
    resources: resources.map((resource) => resourceInstance(resource, redact)),
    outputs: Object.entries(values?.outputs ?? {}).map(([name, output]) => shownOutput(name, output, redact)),
    secrets,
  }
}

/** The sensitive texts of a state: of all its resources, data sources included, and outputs. */
export function valueSecrets({ root_module: root, outputs }: StateValues): string[] {
  return [
    ...Object.values(outputs).flatMap(({ value, sensitive }) => markedTexts(value, sensitive)),
    ...(root ? moduleSecrets(root) : []),
  ]
}

function moduleSecrets({ resources, child_modules }: StateModule): string[] {
  const own = resources.flatMap(({ values, sensitive_values }) => markedTexts(values, sensitive_values))
  return [...own, ...child_modules.flatMap(moduleSecrets)]
}

function shownOutput(name: string, output: StateValues['outputs'][string], redact: Redaction): Output {
  if (output.sensitive) return { name, type: masked, value: masked, sensitive: true }
  const value = redact.value(output.value ?? null)
  return {
    name,
    type: typeText(output.type),
    value: value === masked ? masked : JSON.stringify(value),
    sensitive: false,
  }
}

function managedResources(module: StateModule): StateResource[] {
  const managed = module.resources.filter(({ mode }) => mode === 'managed')
  const current = new Set(managed.filter((resource) => !isDeposed(resource)).map(({ address }) => address))
  const own = managed.filter((resource) => !isDeposed(resource) || !current.has(resource.address))
  return [...own, ...module.child_modules.flatMap(managedResources)]
}

function isDeposed(resource: StateResource): boolean {
  return resource.deposed_key !== undefined
}

function resourceInstance(resource: StateResource, redact: Redaction): ResourceInstance {
  const marks = resourceMarks(resource.type, resource.sensitive_values)
  const values = maskMarked(redact.value(resource.values), marks)
  const attributes = isRecord(values) ? values : {}
  const { name } = attributes
  const id = identityText(attributes.id)
  return {
    address: resource.address,
    type: resource.type,
    name: resource.name,
    ...(resource.index === undefined ? {} : { key: String(resource.index) }),
    ...(id === undefined ? {} : { id }),
    ...(typeof name === 'string' ? { physicalName: name } : {}),
    tainted: resource.tainted ?? false,
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: attributeText(value) })),
  }
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

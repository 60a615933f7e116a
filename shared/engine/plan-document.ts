/**
 * The engine's description of a saved plan (`show -json <file>`), as far as this service reads it.
 * Source: Terraform "JSON Output Format", "Plan Representation" and "Change Representation", format version 1.x.
 */
import * as z from 'zod/mini'
import { parseExactly } from './attribute-values.ts'
import { markedTexts } from './redaction.ts'
import { StateValues, valueSecrets } from './state-view.ts'

const Change = z.object({
  actions: z.array(z.string()),
  before: z.optional(z.unknown()),
  after: z.optional(z.unknown()),
  after_unknown: z.optional(z.unknown()),
  before_sensitive: z.optional(z.unknown()),
  after_sensitive: z.optional(z.unknown()),
  importing: z.optional(z.nullable(z.object({ id: z.optional(z.unknown()) }))),
})
export type Change = z.infer<typeof Change>

const ResourceChange = z.object({
  address: z.string(),
  previous_address: z.optional(z.string()),
  mode: z.string(),
  type: z.string(),
  name: z.string(),
  index: z.optional(z.union([z.string(), z.number()])),
  deposed: z.optional(z.string()),
  provider_name: z.string(),
  change: Change,
  action_reason: z.optional(z.string()),
})
export type ResourceChange = z.infer<typeof ResourceChange>

const PlanDocument = z.object({
  format_version: z.string().check(z.regex(/^1\./)),
  variables: z._default(z.record(z.string(), z.object({ value: z.optional(z.unknown()) })), {}),
  resource_changes: z._default(z.array(ResourceChange), []),
  resource_drift: z._default(z.array(ResourceChange), []),
  output_changes: z._default(z.record(z.string(), Change), {}),
  prior_state: z.optional(z.object({ values: z.optional(StateValues) })),
  configuration: z.optional(
    z.object({
      root_module: z.optional(
        z.object({
          variables: z._default(z.record(z.string(), z.object({ sensitive: z.optional(z.boolean()) })), {}),
        }),
      ),
    }),
  ),
})
export type PlanDocument = z.infer<typeof PlanDocument>

/** @throws Error when the text is not a plan in the documented format. */
export function readPlan(text: string): PlanDocument {
  return PlanDocument.parse(parseExactly(text))
}

/** Every sensitive text of a plan: of variables that the template declares so, of resources before and after, of outputs. */
export function planSecrets(plan: PlanDocument): string[] {
  const declared = plan.configuration?.root_module?.variables ?? {}
  const variables = Object.entries(plan.variables).filter(([name]) => Object.hasOwn(declared, name))
  const changes = [...plan.resource_changes, ...plan.resource_drift].map(({ change }) => change)
  return [
    ...variables.flatMap(([name, { value }]) => markedTexts(value, declared[name]!.sensitive)),
    ...[...changes, ...Object.values(plan.output_changes)].flatMap(changeSecrets),
    ...(plan.prior_state?.values ? valueSecrets(plan.prior_state.values) : []),
  ]
}

function changeSecrets(change: Change): string[] {
  return [...markedTexts(change.before, change.before_sensitive), ...markedTexts(change.after, change.after_sensitive)]
}

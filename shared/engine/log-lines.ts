/**
 * The engine's machine-readable log (`-json`): one JSON object a line, told apart by `type`. Only what this service uses is
 * described; lines of other types, or of these types in another shape, are kept as `other` and are never an error, because
 * newer engines add to the format. Sources: Terraform "Machine-Readable UI" 1.2, OpenTofu `command/views/json`.
 */
import * as z from 'zod/mini'

const common = { '@message': z.string(), '@timestamp': z.string() }

const ResourceAddress = z.object({
  addr: z.string(),
  resource_type: z.string(),
  resource_name: z.string(),
  resource_key: z.optional(z.nullable(z.union([z.string(), z.number()]))),
})
export type ResourceAddress = z.infer<typeof ResourceAddress>

const Hook = z.object({
  resource: ResourceAddress,
  action: z.optional(z.string()),
  id_key: z.optional(z.string()),
  id_value: z.optional(z.string()),
  elapsed_seconds: z.optional(z.number()),
})
export type Hook = z.infer<typeof Hook>

export const Diagnostic = z.object({
  severity: z.string(),
  summary: z.string(),
  detail: z._default(z.string(), ''),
  address: z.optional(z.string()),
  range: z.optional(z.object({ filename: z.string(), start: z.object({ line: z.number() }) })),
  snippet: z.optional(
    z.nullable(
      z.object({
        context: z.optional(z.nullable(z.string())),
        code: z.string(),
        start_line: z.number(),
        values: z.optional(z.nullable(z.array(z.object({ traversal: z.string(), statement: z.string() })))),
      }),
    ),
  ),
})
export type Diagnostic = z.infer<typeof Diagnostic>

const ChangeCounts = z.object({
  operation: z.string(),
  add: z.optional(z.number()),
  change: z.optional(z.number()),
  remove: z.optional(z.number()),
})

const hookLine = <const Type extends string>(type: Type) => z.object({ ...common, type: z.literal(type), hook: Hook })
const plainLine = <const Type extends string>(type: Type) => z.object({ ...common, type: z.literal(type) })

const KnownLine = z.discriminatedUnion('type', [
  plainLine('version'),
  plainLine('log'),
  plainLine('init_output'),
  hookLine('apply_start'),
  hookLine('apply_progress'),
  hookLine('apply_complete'),
  hookLine('apply_errored'),
  hookLine('provision_start'),
  hookLine('provision_progress'),
  hookLine('provision_complete'),
  hookLine('provision_errored'),
  z.object({ ...common, type: z.literal('diagnostic'), diagnostic: Diagnostic }),
  z.object({ ...common, type: z.literal('change_summary'), changes: ChangeCounts }),
  z.object({ ...common, type: z.literal('resource_drift'), change: z.object({ resource: ResourceAddress }) }),
])
export type KnownLine = z.infer<typeof KnownLine>

/** A line that this service has no use for; `text` is the whole line. */
export interface OtherLine {
  readonly type: 'other'
  readonly text: string
}

export type LogLine = KnownLine | OtherLine

/** Reads one line of the engine's output. Never throws. */
export function parseLogLine(text: string): LogLine {
  try {
    const result = KnownLine.safeParse(JSON.parse(text))
    if (result.success) return result.data
  } catch {
    // Not JSON: `init` mixes some plain text in, and a line that was cut is not JSON any more.
  }
  return { type: 'other', text }
}

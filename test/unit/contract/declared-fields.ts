/** The declarations' schemas, taken apart into fields that can be compared one by one. */
import type * as z from 'zod/mini'
import { jsonSchema } from '../../../shared/contract/openapi.ts'

type Definition = {
  readonly type: string
  readonly innerType?: z.ZodMiniType
  readonly element?: z.ZodMiniType
  readonly shape?: Readonly<Record<string, z.ZodMiniType>>
}

export interface DeclaredField {
  readonly name: string
  readonly required: boolean
  /** The schema of the value where it is given. */
  readonly schema: z.ZodMiniType
  readonly type: string
  readonly limits: Readonly<Record<string, unknown>>
  /** The fields of an object or of the entries of a list. */
  readonly fields: readonly DeclaredField[] | undefined
}

const definitionOf = (schema: z.ZodMiniType) => schema._zod.def as unknown as Definition

function withoutOptional(schema: z.ZodMiniType): z.ZodMiniType {
  const { innerType } = definitionOf(schema)
  return innerType ? withoutOptional(innerType) : schema
}

/** The fields of an object schema, in order; none for what is no object. */
export function declaredFields(schema: z.ZodMiniType | undefined): readonly DeclaredField[] {
  if (schema === undefined) return []
  return Object.entries(definitionOf(schema).shape ?? {}).map(([name, given]) => {
    const inner = withoutOptional(given)
    const limits = jsonSchema(inner)
    const { element } = definitionOf(inner)
    const container = element ? withoutOptional(element) : inner
    const isObject = definitionOf(container).shape !== undefined
    return {
      name,
      required: definitionOf(given).type !== 'optional',
      schema: inner,
      type: String(limits.type ?? 'any'),
      limits,
      fields: isObject ? declaredFields(container) : undefined,
    }
  })
}

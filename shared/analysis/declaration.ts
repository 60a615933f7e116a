/** What one `variable` block says. */
import { convert, withDefaults } from './conversion.ts'
import { type Place, TemplateProblem } from './problem.ts'
import type { Type } from './type.ts'
import type { Value } from './value.ts'

export interface Validation {
  /** As a template: an expression stands in `${...}`. */
  readonly condition: string
  readonly errorMessage: string
}

export interface Declaration {
  readonly name: string
  readonly place: Place
  readonly description?: string
  readonly type?: Type
  readonly default?: { readonly value: Value; readonly place: Place }
  readonly isSensitive?: boolean
  readonly isNullable?: boolean
  readonly validations: readonly Validation[]
}

/** Names that mean something else where a module is called. */
const reservedNames: ReadonlySet<string> = new Set([
  ...['count', 'depends_on', 'for_each', 'lifecycle', 'locals', 'providers', 'source', 'version'],
])

/** @throws TemplateProblem for a name that no variable can have */
export function checkName(name: string, place: Place): void {
  const fits = /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u.test(name)
  if (fits && !reservedNames.has(name)) return
  const reason = fits ? 'is reserved' : 'must begin with a letter or _ and have only letters, digits, _ and - in it'
  throw new TemplateProblem('content', place, `the name ${JSON.stringify(name.slice(0, 100))} of a variable ${reason}`)
}

/**
 * The declaration with its default as the engine has it, once its type is known.
 * @param optional the type whose optional attributes have defaults: that of the first declaration, also where an override
 * has another type
 * @throws TemplateProblem for a default that its variable cannot have
 */
export function settled(declaration: Declaration, optional: Type | undefined): Declaration {
  const { name, type, default: initial, isNullable = true } = declaration
  if (!initial) return declaration
  const refuse = (reason: string): never => {
    throw new TemplateProblem('content', initial.place, `the default of variable "${name}" does not fit: ${reason}`)
  }
  if (!isNullable && initial.value === null) return refuse('null is not allowed with nullable = false')
  if (!type) return declaration
  const value = optional ? withDefaults(initial.value, optional) : initial.value
  return { ...declaration, default: { ...initial, value: convert(value, type, refuse) } }
}

/** The variables of a request body: what is kept, or the refusal. */
import { RfsError } from '../contract/errors.ts'
import type { TemplateInput, Variable } from '../contract/fields.ts'
import { outlineHcl } from './hcl.ts'

/** Variables as given: nothing is merged, the engine gets all carriers. */
export interface Variables {
  readonly structure?: readonly Variable[]
  readonly body?: string
}

function repeated(names: readonly string[]): string | undefined {
  return names.find((name, at) => names.indexOf(name) !== at)
}

/**
 * A variable may be set once, in one carrier only `[CreateStack]`.
 * @throws RfsError `VarsBodyInvalid`, `DuplicateField`
 */
export async function readVariables(body: TemplateInput): Promise<Variables> {
  const structure = body.vars_structure ?? []
  const inStructure = structure.map((variable) => variable.var_key)
  const twice = repeated(inStructure)
  if (twice) throw new RfsError('DuplicateField', `${twice} is set twice in vars_structure.`)
  if (!body.vars_body) return structure.length > 0 ? { structure } : {}
  const outline = await outlineHcl(body.vars_body)
  // The grammar takes an object in braces for a file; the engine does not take it for variables.
  if (outline.problem || outline.alien || outline.blocks.length > 0) {
    const { line, column } = outline.problem ?? { line: 1, column: 1 }
    throw new RfsError(
      'VarsBodyInvalid',
      `vars_body must hold lines of the form name = value; see line ${line}, column ${column}.`,
    )
  }
  const twiceInBody = repeated(outline.attributes)
  if (twiceInBody) throw new RfsError('DuplicateField', `${twiceInBody} is set twice in vars_body.`)
  const both = outline.attributes.find((name) => inStructure.includes(name))
  if (both) throw new RfsError('DuplicateField', `${both} is set in vars_structure and in vars_body; set it in one.`)
  return { ...(structure.length > 0 ? { structure } : {}), body: body.vars_body }
}

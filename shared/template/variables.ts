/** The variables of a request: what is kept, or the refusal. */
import { type ErrorName, RfsError } from '../contract/errors.ts'
import type { TemplateInput, Variable } from '../contract/fields.ts'
import { outlineHcl } from './hcl.ts'
import { textOf } from './template-files.ts'

/** Variables as given: nothing is merged, the engine gets all carriers. */
export interface Variables {
  readonly structure?: readonly Variable[]
  readonly body?: string
  /** The text that `vars_uri` led to when the request was made. */
  readonly uriContent?: string
}

/** The names that one carrier sets, in order, with repetitions. */
interface Carrier {
  readonly field: 'vars_structure' | 'vars_body' | 'vars_uri'
  readonly names: readonly string[]
}

async function namesIn(field: 'vars_body' | 'vars_uri', text: string, invalid: ErrorName): Promise<Carrier> {
  const outline = await outlineHcl(text)
  // The grammar takes an object in braces for a file; the engine does not take it for variables.
  if (outline.problem || outline.alien || outline.blocks.length > 0) {
    const { line, column } = outline.problem ?? { line: 1, column: 1 }
    throw new RfsError(
      invalid,
      `${field} must hold lines of the form name = value; see line ${line}, column ${column}.`,
    )
  }
  return { field, names: outline.attributes }
}

/** A variable may be set once, in one carrier only `[CreateStack]`. */
function refuseRepetitions(carriers: readonly Carrier[]): void {
  const setIn = new Map<string, string>()
  for (const { field, names } of carriers) {
    for (const name of names) {
      const earlier = setIn.get(name)
      if (earlier === field) throw new RfsError('DuplicateField', `${name} is set twice in ${field}.`)
      if (earlier) throw new RfsError('DuplicateField', `${name} is set in ${earlier} and in ${field}; set it in one.`)
      setIn.set(name, field)
    }
  }
}

/** The text of a fetched tfvars file. @throws RfsError `VarsFileInvalid` */
function decoded(file: Buffer): string {
  const text = textOf(file)
  if (text === undefined) throw new RfsError('VarsFileInvalid', 'The file of vars_uri must be UTF-8 text.')
  return text.replace(/^\ufeff/, '')
}

/**
 * @param uriFile what `vars_uri` led to
 * @throws RfsError `VarsBodyInvalid`, `VarsFileInvalid`, `DuplicateField`
 */
export async function readVariables(
  { vars_structure: structure = [], vars_body: body = '' }: TemplateInput,
  uriFile?: Buffer,
): Promise<Variables> {
  const uriContent = uriFile && decoded(uriFile)
  const carriers: Carrier[] = [{ field: 'vars_structure', names: structure.map(({ var_key }) => var_key) }]
  refuseRepetitions(carriers)
  if (body) carriers.push(await namesIn('vars_body', body, 'VarsBodyInvalid'))
  if (uriContent) carriers.push(await namesIn('vars_uri', uriContent, 'VarsFileInvalid'))
  refuseRepetitions(carriers)
  return {
    ...(structure.length > 0 ? { structure } : {}),
    ...(body ? { body } : {}),
    ...(uriContent ? { uriContent } : {}),
  }
}

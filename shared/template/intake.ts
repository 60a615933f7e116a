/** The template and variables of a request body -> what is kept, or the refusal. No deep checks: those are the engine's. */
import { RfsError } from '../contract/errors.ts'
import type { TemplateInput, Variable } from '../contract/fields.ts'
import { outlineHcl } from './hcl.ts'
import { refuseByPolicy, type TemplateProfile } from './policy.ts'

export interface Template {
  /** `.tf` or `.tf.json`: the two spellings the engine reads. */
  readonly extension: 'tf' | 'tf.json'
  readonly content: string
}

/** Variables as given: nothing is merged, the engine gets both carriers. */
export interface Variables {
  readonly structure?: readonly Variable[]
  readonly body?: string
}

export interface TemplateAndVariables {
  readonly template: Template
  readonly variables: Variables
  /** Whether the template imports existing resources; such a one may not be rolled back automatically `[CreateStack]`. */
  readonly imports: boolean
}

function refuseUnsupported(body: TemplateInput): void {
  if (body.template_uri) {
    throw new RfsError(
      'TemplateUriInvalid',
      'This service does not fetch templates yet; send the text in template_body.',
    )
  }
  if (body.vars_uri) {
    throw new RfsError('VarsUriUnusable', 'This service does not fetch variables yet; send the text in vars_body.')
  }
}

/** JSON templates begin with a brace, which HCL never does. */
async function readTemplate(content: string): Promise<Pick<TemplateAndVariables, 'template' | 'imports'>> {
  if (content.trimStart().startsWith('{')) {
    try {
      const imports = Object.hasOwn(JSON.parse(content), 'import')
      return { template: { extension: 'tf.json', content }, imports }
    } catch (cause) {
      throw new RfsError('TemplateBodyInvalid', 'template_body begins like JSON but is not well-formed.', { cause })
    }
  }
  const outline = await outlineHcl(content)
  if (outline.alien) {
    throw new RfsError(
      'TemplateBodyInvalid',
      'template_body is neither HCL nor JSON: no block or argument was found in it.',
    )
  }
  return { template: { extension: 'tf', content }, imports: outline.blocks.includes('import') }
}

function repeated(names: readonly string[]): string | undefined {
  return names.find((name, at) => names.indexOf(name) !== at)
}

/** A variable may be set once, in one carrier only `[CreateStack]`. */
async function readVariables(body: TemplateInput): Promise<Variables> {
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

/**
 * @returns undefined when the body carries no template (only CreateStack allows that; its variables are then ignored).
 * @throws RfsError `TemplateBodyInvalid`, `VarsBodyInvalid`, `DuplicateField`, `TemplateInvalid` for what the profile does
 * not allow, or what is not supported yet.
 */
export async function readTemplateInput(
  body: TemplateInput,
  profile: TemplateProfile,
): Promise<TemplateAndVariables | undefined> {
  refuseUnsupported(body)
  if (!body.template_body) return undefined
  const { template, imports } = await readTemplate(body.template_body)
  await refuseByPolicy([{ path: `main.${template.extension}`, content: template.content }], profile)
  return { template, imports, variables: await readVariables(body) }
}

/** @throws RfsError `TemplateInvalid` for a template that imports on a stack with auto-rollback `[CreateStack]`. */
export function refuseImportsWithRollback(imports: boolean, enableAutoRollback: boolean): void {
  if (!imports || !enableAutoRollback) return
  throw new RfsError(
    'TemplateInvalid',
    'A template with import blocks may not be deployed on a stack with enable_auto_rollback; switch that off first.',
  )
}

/** The template and variables of a request body -> what is kept, or the refusal. No deep checks: those are the engine's. */
import { readEnvironment } from '../aws/environment.ts'
import { RfsError } from '../contract/errors.ts'
import type { TemplateInput } from '../contract/fields.ts'
import type { TemplateFile } from '../engine/protocol.ts'
import { outlineHcl } from './hcl.ts'
import { refuseByPolicy, type TemplateProfile } from './policy.ts'
import { filesOfTemplate, type Template } from './template.ts'
import { readVariables, type Variables } from './variables.ts'

export interface ReadTemplate {
  /** As it was given. */
  readonly template: Template
  /** Its files, checked; paths are relative to the template's root. */
  readonly files: readonly TemplateFile[]
  /** Whether the template imports existing resources; such a one may not be rolled back automatically `[CreateStack]`. */
  readonly imports: boolean
}

export interface TemplateAndVariables {
  readonly template: Template
  readonly variables: Variables
  readonly imports: boolean
}

export interface TemplateIntake {
  /**
   * From `template_body` or `template_uri`; undefined when the body carries neither.
   * @param project the caller's; `template_uri` may name what is stored for it.
   * @param options `policy: false` accepts also what the profile does not allow: for what is only looked at.
   * @throws RfsError `TemplateBodyInvalid`, `TemplateInvalid` for what the profile does not allow, and those of addresses
   * and archives.
   */
  readTemplate(
    given: Pick<TemplateInput, 'template_body' | 'template_uri'>,
    project: string,
    options?: { readonly policy?: boolean },
  ): Promise<ReadTemplate | undefined>
  /**
   * Template and variables of the operations that deploy or plan; undefined when the body carries no template (only
   * CreateStack allows that; its variables are then ignored).
   * @throws RfsError those of `readTemplate`, `VarsBodyInvalid`, `DuplicateField`
   */
  readInput(given: TemplateInput, project: string): Promise<TemplateAndVariables | undefined>
}

interface IntakeSettings {
  readonly profile: TemplateProfile
}

function settingsOfFunction(): IntakeSettings {
  const { TEMPLATE_PROFILE } = readEnvironment('TEMPLATE_PROFILE')
  return { profile: TEMPLATE_PROFILE }
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
async function readBody(text: string): Promise<Pick<ReadTemplate, 'template' | 'imports'>> {
  const content = Buffer.from(text)
  if (text.trimStart().startsWith('{')) {
    try {
      const imports = Object.hasOwn(JSON.parse(text), 'import')
      return { template: { extension: 'tf.json', content }, imports }
    } catch (cause) {
      throw new RfsError('TemplateBodyInvalid', 'template_body begins like JSON but is not well-formed.', { cause })
    }
  }
  const outline = await outlineHcl(text)
  if (outline.alien) {
    throw new RfsError(
      'TemplateBodyInvalid',
      'template_body is neither HCL nor JSON: no block or argument was found in it.',
    )
  }
  return { template: { extension: 'tf', content }, imports: outline.blocks.includes('import') }
}

/** Opens the intake with the settings of the function's environment. */
export function openTemplateIntake({ profile } = settingsOfFunction()): TemplateIntake {
  const readTemplate: TemplateIntake['readTemplate'] = async (given, _project, { policy = true } = {}) => {
    refuseUnsupported(given)
    if (!given.template_body) return undefined
    const read = await readBody(given.template_body)
    const files = await filesOfTemplate(read.template)
    if (policy) await refuseByPolicy(files, profile)
    return { ...read, files }
  }
  return {
    readTemplate,
    readInput: async (given, project) => {
      refuseUnsupported(given)
      const read = await readTemplate(given, project)
      if (!read) return undefined
      const { template, imports } = read
      return { template, imports, variables: await readVariables(given) }
    },
  }
}

/** @throws RfsError `TemplateInvalid` for a template that imports on a stack with auto-rollback `[CreateStack]`. */
export function refuseImportsWithRollback(imports: boolean, enableAutoRollback: boolean): void {
  if (!imports || !enableAutoRollback) return
  throw new RfsError(
    'TemplateInvalid',
    'A template with import blocks may not be deployed on a stack with enable_auto_rollback; switch that off first.',
  )
}

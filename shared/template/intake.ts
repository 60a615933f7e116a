/** The template and variables of a request body -> what is kept, or the refusal. No deep checks: those are the engine's. */
import { readEnvironment } from '../aws/environment.ts'
import { type FetcherClient, openFetcherClient } from '../aws/fetcher-client.ts'
import { RfsError } from '../contract/errors.ts'
import type { TemplateInput } from '../contract/fields.ts'
import type { TemplateFile } from '../engine/protocol.ts'
import { fetchTemplate, fetchVariables } from './fetched.ts'
import { importsResources } from './outline.ts'
import { refuseByPolicy, type TemplateProfile } from './policy.ts'
import { filesOfTemplate, type Template } from './template.ts'
import { isText } from './template-files.ts'
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
   * @param project the caller's; `template_uri` may lead to what is stored for it.
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
  readonly fetcher: FetcherClient
}

function settingsOfFunction(): IntakeSettings {
  const { TEMPLATE_PROFILE } = readEnvironment('TEMPLATE_PROFILE')
  return { profile: TEMPLATE_PROFILE, fetcher: openFetcherClient() }
}

/** JSON templates begin with a brace, which HCL never does. */
function templateOfBody(text: string): Template {
  return { extension: text.trimStart().startsWith('{') ? 'tf.json' : 'tf', content: Buffer.from(text) }
}

/** Opens the intake with the settings of the function's environment. */
export function openTemplateIntake({ profile, fetcher }: IntakeSettings = settingsOfFunction()): TemplateIntake {
  const readTemplate: TemplateIntake['readTemplate'] = async (given, project, { policy = true } = {}) => {
    const { template_body: body, template_uri: address } = given
    if (!body && !address) return undefined
    const template = body ? templateOfBody(body) : await fetchTemplate(fetcher, project, address ?? '')
    const files = await filesOfTemplate(template)
    const imports = await importsResources(template, files, body ? 'template_body' : 'template_uri')
    if (policy) await refuseByPolicy(files.filter(isText), profile)
    return { template, files, imports }
  }
  return {
    readTemplate,
    readInput: async (given, project) => {
      if (!carriesTemplate(given)) return undefined
      const varsFile = given.vars_uri ? fetchVariables(fetcher, project, given.vars_uri) : undefined
      // Both are on their way at the same time; what is wrong with the template is said first.
      const [read, fetched] = await Promise.allSettled([readTemplate(given, project), varsFile])
      if (read.status === 'rejected') throw read.reason
      if (fetched.status === 'rejected') throw fetched.reason
      if (!read.value) return undefined
      const { template, imports } = read.value
      return { template, imports, variables: await readVariables(given, fetched.value) }
    },
  }
}

/** Whether a body carries a template at all; the empty text counts as absent. */
export function carriesTemplate({ template_body, template_uri }: TemplateInput): boolean {
  return Boolean(template_body || template_uri)
}

/** @throws RfsError `TemplateInvalid` for a template that imports on a stack with auto-rollback `[CreateStack]`. */
export function refuseImportsWithRollback(imports: boolean, enableAutoRollback: boolean): void {
  if (!imports || !enableAutoRollback) return
  throw new RfsError(
    'TemplateInvalid',
    'A template with import blocks may not be deployed on a stack with enable_auto_rollback; switch that off first.',
  )
}

/** The operations that only look into a template. Wire names and limits are the API reference's. */
import * as z from 'zod/mini'
import { notBothTemplates, oneTemplate, template } from './fields.ts'
import { operation } from './operation.ts'
import { everywhere, NoQuery, ProjectPath, withTemplateAlone } from './stack-parts.ts'

/** What a block does not say is left out, but for the two that have a value even then `[ParseTemplateVariables]`. */
export const TemplateVariable = z.object({
  name: z.string(),
  /** As written, on one line. */
  type: z.optional(z.string()),
  description: z.optional(z.string()),
  /** Of the JSON type that fits the variable's; null when the block says so. */
  default: z.optional(z.unknown()),
  sensitive: z.boolean(),
  nullable: z.boolean(),
  validations: z.optional(z.array(z.object({ condition: z.string(), error_message: z.string() }))),
})
export type TemplateVariable = z.infer<typeof TemplateVariable>

export const ParseTemplateVariables = operation({
  id: 'parse-template-variables',
  operationId: 'ParseTemplateVariables',
  group: 'template-analyses',
  summary: 'Read the variables of a template.',
  method: 'POST',
  path: '/v1/{project_id}/template-analyses/variables',
  permission: 'rf:template:parseTemplateVariables',
  access: ['fetcher:invoke'],
  request: {
    path: ProjectPath,
    query: NoQuery,
    body: z.strictObject(template).check(notBothTemplates, oneTemplate),
    bodyRule: 'required',
    clientRequestId: 'required',
  },
  success: {
    status: 200,
    meaning: 'Variables; an empty object when the template has none.',
    body: z.object({ variables: z.optional(z.array(TemplateVariable)) }),
  },
  errors: [...everywhere, 'BodyMissing', 'BodyNotJson', ...withTemplateAlone, 'TemplateMissing'],
})

/** What the declarations of the template operations have in common. */
import * as z from 'zod/mini'
import type { ErrorName } from './errors.ts'
import { id, name, projectId, text } from './fields.ts'
import { everywhere } from './stack-parts.ts'

/** `V` and a counter `[CreateTemplateVersion]`. */
export const versionId = text(2, 11).check(z.regex(/^V[1-9][0-9]{0,9}$/, 'VersionIdInvalid'))

export const TemplatePath = z.strictObject({ project_id: projectId, template_name: name })
export const VersionPath = z.strictObject({ project_id: projectId, template_name: name, version_id: versionId })

/** Guards against a name that was re-used. */
export const templateIdQuery = { template_id: z.optional(id) }
export const TemplateQuery = z.strictObject(templateIdQuery)

export const onTemplate: readonly ErrorName[] = [
  ...everywhere,
  'NameInvalid',
  'IdInvalid',
  'TemplateNotFound',
  'TemplateIdMismatch',
]
export const onVersion: readonly ErrorName[] = [...onTemplate, 'VersionIdInvalid', 'TemplateVersionNotFound']

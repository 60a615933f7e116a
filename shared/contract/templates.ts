/** The operations on templates that are kept. Wire names and limits are the API reference's. */
import * as z from 'zod/mini'
import {
  description,
  id,
  name,
  notBothTemplates,
  oneTemplate,
  pageInfo,
  paging,
  template,
  text,
  time,
} from './fields.ts'
import { operation } from './operation.ts'
import { everywhere, NoQuery, Nothing, ProjectPath, withTemplateAlone } from './stack-parts.ts'
import { onTemplate, TemplatePath, TemplateQuery, versionId } from './template-parts.ts'

export const TemplateMetadata = z.object({
  template_id: id,
  template_name: name,
  /** Omitted when it was never set. */
  template_description: z.optional(z.string()),
  create_time: time,
  update_time: time,
})
export type TemplateMetadata = z.infer<typeof TemplateMetadata>

export const TemplateSummary = z.extend(TemplateMetadata, {
  latest_version_id: versionId,
  /** Empty when it was never set. */
  latest_version_description: z.string(),
})
export type TemplateSummary = z.infer<typeof TemplateSummary>

export const CreateTemplate = operation({
  id: 'create-template',
  operationId: 'CreateTemplate',
  group: 'templates',
  summary: 'Create a template with its first version, V1.',
  method: 'POST',
  path: '/v1/{project_id}/templates',
  permission: 'rf:privateTemplate:create',
  access: ['table:write', 'bucket:write', 'fetcher:invoke'],
  request: {
    path: ProjectPath,
    query: NoQuery,
    body: z
      .strictObject({
        template_name: name,
        template_description: z.optional(description),
        version_description: z.optional(description),
        ...template,
      })
      .check(notBothTemplates, oneTemplate),
    bodyRule: 'required',
    clientRequestId: 'required',
  },
  success: { status: 200, meaning: 'Created.', body: z.object({ template_id: id, version_id: versionId }) },
  errors: [
    ...everywhere,
    'NameInvalid',
    'BodyMissing',
    'BodyNotJson',
    ...withTemplateAlone,
    'TemplateMissing',
    'TooManyTemplates',
    'TemplateNameTaken',
  ],
})

export const ListTemplates = operation({
  id: 'list-templates',
  operationId: 'ListTemplates',
  group: 'templates',
  summary: 'List the templates of the project, newest first, summary form.',
  method: 'GET',
  path: '/v1/{project_id}/templates',
  permission: 'rf:privateTemplate:list',
  access: ['table:read'],
  request: { path: ProjectPath, query: z.strictObject(paging), clientRequestId: 'required' },
  success: {
    status: 200,
    meaning: 'Templates.',
    body: z.object({ templates: z.array(TemplateSummary), page_info: z.optional(pageInfo) }),
  },
  errors: [...everywhere, 'NotAnInteger'],
})

export const ShowTemplateMetadata = operation({
  id: 'show-template-metadata',
  operationId: 'ShowTemplateMetadata',
  group: 'templates',
  summary: 'Read the metadata of a template.',
  method: 'GET',
  path: '/v1/{project_id}/templates/{template_name}/metadata',
  permission: 'rf:privateTemplate:showMetadata',
  access: ['table:read'],
  request: { path: TemplatePath, query: TemplateQuery, clientRequestId: 'required' },
  success: { status: 200, meaning: 'Metadata.', body: TemplateMetadata },
  errors: onTemplate,
})

export const UpdateTemplateMetadata = operation({
  id: 'update-template-metadata',
  operationId: 'UpdateTemplateMetadata',
  group: 'templates',
  summary: 'Change the description of a template.',
  method: 'PATCH',
  path: '/v1/{project_id}/templates/{template_name}/metadata',
  permission: 'rf:privateTemplate:updateMetadata',
  access: ['table:write'],
  request: {
    path: TemplatePath,
    query: NoQuery,
    body: z.strictObject({
      // Here, unlike in a query, an id may also begin with a hyphen.
      template_id: z.optional(text(36, 36).check(z.regex(/^[a-z0-9-]+$/, 'IdInvalid'))),
      template_description: text(0, 1024, 'NothingToChange'),
    }),
    bodyRule: 'required',
    clientRequestId: 'required',
  },
  success: { status: 204, meaning: 'Changed; no body.', body: Nothing },
  errors: [...onTemplate, 'BodyMissing', 'BodyNotJson', 'NothingToChange'],
})

export const DeleteTemplate = operation({
  id: 'delete-template',
  operationId: 'DeleteTemplate',
  group: 'templates',
  summary: 'Delete a template with all versions.',
  method: 'DELETE',
  path: '/v1/{project_id}/templates/{template_name}',
  permission: 'rf:privateTemplate:delete',
  access: ['table:write', 'bucket:write'],
  request: { path: TemplatePath, query: TemplateQuery, clientRequestId: 'required' },
  success: { status: 204, meaning: 'Deleted; no body.', body: Nothing },
  errors: onTemplate,
})

/** The operations on versions of templates that are kept. Wire names and limits are the API reference's. */
import * as z from 'zod/mini'
import {
  description,
  id,
  linkRestrictions,
  name,
  notBothTemplates,
  oneTemplate,
  pageInfo,
  paging,
  time,
  versionTemplate,
} from './fields.ts'
import { operation } from './operation.ts'
import { Nothing, withTemplateAlone } from './stack-parts.ts'
import {
  onTemplate,
  onVersion,
  TemplatePath,
  TemplateQuery,
  templateIdQuery,
  VersionPath,
  versionId,
} from './template-parts.ts'

/** Says everything about a version but which one it is. */
export const TemplateVersionMetadata = z.object({
  template_id: id,
  template_name: name,
  /** Omitted when it was never set. */
  version_description: z.optional(z.string()),
  create_time: time,
})
export type TemplateVersionMetadata = z.infer<typeof TemplateVersionMetadata>

export const TemplateVersion = z.extend(TemplateVersionMetadata, { version_id: versionId })
export type TemplateVersion = z.infer<typeof TemplateVersion>

export const CreateTemplateVersion = operation({
  id: 'create-template-version',
  operationId: 'CreateTemplateVersion',
  group: 'templates',
  summary: 'Add a version to a template.',
  method: 'POST',
  path: '/v1/{project_id}/templates/{template_name}/versions',
  permission: 'rf:privateTemplate:createVersion',
  access: ['table:write', 'bucket:write', 'fetcher:invoke'],
  request: {
    path: TemplatePath,
    query: TemplateQuery,
    body: z
      .strictObject({ version_description: z.optional(description), ...versionTemplate })
      .check(notBothTemplates, oneTemplate),
    bodyRule: 'required',
    clientRequestId: 'required',
  },
  success: { status: 200, meaning: 'Created.', body: z.object({ version_id: versionId }) },
  errors: [
    ...onTemplate,
    'BodyMissing',
    'BodyNotJson',
    ...withTemplateAlone,
    'TemplateMissing',
    'TooManyTemplateVersions',
  ],
})

export const ListTemplateVersions = operation({
  id: 'list-template-versions',
  operationId: 'ListTemplateVersions',
  group: 'templates',
  summary: 'List the versions of a template, newest first, summary form.',
  method: 'GET',
  path: '/v1/{project_id}/templates/{template_name}/versions',
  permission: 'rf:privateTemplate:listVersions',
  access: ['table:read'],
  request: {
    path: TemplatePath,
    query: z.strictObject({ ...templateIdQuery, ...paging }),
    clientRequestId: 'required',
  },
  success: {
    status: 200,
    meaning: 'Versions.',
    body: z.object({ versions: z.array(TemplateVersion), page_info: z.optional(pageInfo) }),
  },
  errors: [...onTemplate, 'NotAnInteger'],
})

export const ShowTemplateVersionContent = operation({
  id: 'show-template-version-content',
  operationId: 'ShowTemplateVersionContent',
  group: 'templates',
  summary: 'Redirect to a download of a template version.',
  method: 'GET',
  path: '/v1/{project_id}/templates/{template_name}/versions/{version_id}',
  permission: 'rf:privateTemplate:showVersionContent',
  access: ['table:read', 'bucket:read'],
  request: {
    path: VersionPath,
    query: z.strictObject({ ...templateIdQuery, ...linkRestrictions }),
    clientRequestId: 'required',
  },
  success: {
    status: 307,
    meaning: 'Temporary redirect to the content, exactly as it was given.',
    body: Nothing,
    headers: [{ name: 'Location', description: 'A pre-signed download link, valid for 10 minutes.' }],
  },
  errors: onVersion,
})

export const ShowTemplateVersionMetadata = operation({
  id: 'show-template-version-metadata',
  operationId: 'ShowTemplateVersionMetadata',
  group: 'templates',
  summary: 'Read the metadata of a template version.',
  method: 'GET',
  path: '/v1/{project_id}/templates/{template_name}/versions/{version_id}/metadata',
  permission: 'rf:privateTemplate:showVersionMetadata',
  access: ['table:read'],
  request: { path: VersionPath, query: TemplateQuery, clientRequestId: 'required' },
  success: { status: 200, meaning: 'Metadata.', body: TemplateVersionMetadata },
  errors: onVersion,
})

export const DeleteTemplateVersion = operation({
  id: 'delete-template-version',
  operationId: 'DeleteTemplateVersion',
  group: 'templates',
  summary: 'Delete one version of a template, unless it is the only one.',
  method: 'DELETE',
  path: '/v1/{project_id}/templates/{template_name}/versions/{version_id}',
  permission: 'rf:privateTemplate:deleteVersion',
  access: ['table:write', 'bucket:write'],
  request: { path: VersionPath, query: TemplateQuery, clientRequestId: 'required' },
  success: { status: 204, meaning: 'Deleted; no body.', body: Nothing },
  errors: [...onVersion, 'OnlyTemplateVersion'],
})

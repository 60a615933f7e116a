/** What can be read of stacks. Wire names and limits are the API reference's. */
import * as z from 'zod/mini'
import { eventTypes, resourceStatuses, stackStatuses } from './enums.ts'
import { agencies, id, linkRestrictions, name, pageInfo, paging, text, time, variable } from './fields.ts'
import { operation } from './operation.ts'
import { everywhere, Nothing, onStack, ProjectPath, StackPath, StackQuery, stackIdQuery } from './stack-parts.ts'

const summaryFields = {
  stack_name: name,
  description: z.optional(z.string()),
  stack_id: id,
  status: z.enum(stackStatuses),
  create_time: time,
  update_time: time,
  /** Only in a ..._FAILED status. */
  status_message: z.optional(z.string()),
}
export const StackSummary = z.object(summaryFields)
export type StackSummary = z.infer<typeof StackSummary>

export const StackMetadata = z.object({
  ...summaryFields,
  vars_structure: z.optional(z.array(variable)),
  vars_body: z.optional(z.string()),
  vars_uri_content: z.optional(z.string()),
  enable_deletion_protection: z.boolean(),
  enable_auto_rollback: z.boolean(),
  agencies: z.optional(agencies),
})
export type StackMetadata = z.infer<typeof StackMetadata>

export const StackEvent = z.object({
  resource_type: z.optional(z.string()),
  resource_name: z.optional(z.string()),
  resource_id_key: z.optional(z.string()),
  resource_id_value: z.optional(z.string()),
  resource_key: z.optional(z.string()),
  time: z.optional(time),
  event_type: z.enum(eventTypes),
  event_message: z.optional(z.string()),
  elapsed_seconds: z.optional(z.int()),
})
export type StackEvent = z.infer<typeof StackEvent>

export const StackOutput = z.object({
  name: z.string(),
  description: z.optional(z.string()),
  type: z.string(),
  value: z.string(),
  sensitive: z.boolean(),
})
export type StackOutput = z.infer<typeof StackOutput>

export const StackResource = z.object({
  physical_resource_id: z.optional(z.string()),
  physical_resource_name: z.optional(z.string()),
  logical_resource_name: z.string(),
  logical_resource_type: z.string(),
  index_key: z.optional(z.string()),
  resource_status: z.enum(resourceStatuses),
  status_message: z.optional(z.string()),
  resource_attributes: z.optional(z.array(z.object({ key: z.string(), value: z.string() }))),
})
export type StackResource = z.infer<typeof StackResource>

export const GetStackMetadata = operation({
  id: 'get-stack-metadata',
  operationId: 'GetStackMetadata',
  group: 'stacks',
  summary: 'Read all metadata of one stack.',
  method: 'GET',
  path: '/v1/{project_id}/stacks/{stack_name}/metadata',
  permission: 'rf:stack:getStackMetadata',
  access: ['table:read', 'bucket:read'],
  request: { path: StackPath, query: StackQuery, clientRequestId: 'required' },
  success: { status: 200, meaning: 'Metadata.', body: StackMetadata },
  errors: onStack,
})

export const ListStacks = operation({
  id: 'list-stacks',
  operationId: 'ListStacks',
  group: 'stacks',
  summary: 'List the stacks of the project in the region, newest first, summary form.',
  method: 'GET',
  path: '/v1/{project_id}/stacks',
  permission: 'rf:stack:listStacks',
  access: ['table:read'],
  request: { path: ProjectPath, query: z.strictObject(paging), clientRequestId: 'required' },
  success: {
    status: 200,
    meaning: 'Stacks.',
    body: z.object({ stacks: z.array(StackSummary), page_info: z.optional(pageInfo) }),
  },
  errors: [...everywhere, 'NotAnInteger'],
})

export const ListStackEvents = operation({
  id: 'list-stack-events',
  operationId: 'ListStackEvents',
  group: 'stacks',
  summary: 'List the events of all deployments of a stack, or of one deployment, newest first.',
  method: 'GET',
  path: '/v1/{project_id}/stacks/{stack_name}/events',
  permission: 'rf:stack:listStackEvents',
  access: ['table:read'],
  request: {
    path: StackPath,
    query: z.strictObject({
      ...stackIdQuery,
      deployment_id: z.optional(id),
      filter: z.optional(text(0, 512)),
      field: z.optional(text(0, 128)),
      ...paging,
    }),
    clientRequestId: 'required',
  },
  success: {
    status: 200,
    meaning: 'Events.',
    body: z.object({ stack_events: z.array(StackEvent), page_info: z.optional(pageInfo) }),
  },
  errors: [
    ...onStack,
    'NotAnInteger',
    'IdInvalid',
    'DeploymentNotFound',
    'FilterNameUnknown',
    'FilterWithoutOperator',
    'FilterValueInvalid',
    'DuplicateField',
  ],
})

export const ListStackResources = operation({
  id: 'list-stack-resources',
  operationId: 'ListStackResources',
  group: 'stacks',
  summary: 'List the resources a stack manages.',
  method: 'GET',
  path: '/v1/{project_id}/stacks/{stack_name}/resources',
  permission: 'rf:stack:listStackResources',
  access: ['table:read', 'bucket:read'],
  request: { path: StackPath, query: z.strictObject({ ...stackIdQuery, ...paging }), clientRequestId: 'required' },
  success: {
    status: 200,
    meaning: 'Resources.',
    body: z.object({ stack_resources: z.array(StackResource), page_info: z.optional(pageInfo) }),
  },
  errors: [...onStack, 'NotAnInteger'],
})

export const ListStackOutputs = operation({
  id: 'list-stack-outputs',
  operationId: 'ListStackOutputs',
  group: 'stacks',
  summary: 'List the outputs of a stack.',
  method: 'GET',
  path: '/v1/{project_id}/stacks/{stack_name}/outputs',
  permission: 'rf:stack:listStackOutputs',
  access: ['table:read', 'bucket:read'],
  request: { path: StackPath, query: z.strictObject({ ...stackIdQuery, ...paging }), clientRequestId: 'required' },
  success: {
    status: 200,
    meaning: 'Outputs.',
    body: z.object({ outputs: z.array(StackOutput), page_info: z.optional(pageInfo) }),
  },
  errors: [...onStack, 'NotAnInteger'],
})

export const GetStackTemplate = operation({
  id: 'get-stack-template',
  operationId: 'GetStackTemplate',
  group: 'stacks',
  summary: 'Redirect to a download of the template a stack was last deployed with.',
  method: 'GET',
  path: '/v1/{project_id}/stacks/{stack_name}/templates',
  permission: 'rf:stack:getStackTemplate',
  access: ['table:read', 'bucket:read'],
  request: {
    path: StackPath,
    query: z.strictObject({ ...stackIdQuery, ...linkRestrictions }),
    clientRequestId: 'required',
  },
  success: {
    status: 307,
    meaning: 'Temporary redirect to the template file.',
    body: Nothing,
    headers: [{ name: 'Location', description: 'A pre-signed download link, valid for 5 minutes.' }],
  },
  errors: [...onStack, 'StackTemplateNotFound'],
})

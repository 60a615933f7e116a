/** The commands on stacks. Wire names and limits are the API reference's. */
import * as z from 'zod/mini'
import { agencies, description, id, name, notBothTemplates, oneTemplate, template, text, variables } from './fields.ts'
import { operation } from './operation.ts'
import {
  DeploymentRef,
  everywhere,
  NoQuery,
  Nothing,
  onStack,
  ProjectPath,
  StackIdBody,
  StackPath,
  StackQuery,
  withBody,
  withTemplate,
} from './stack-parts.ts'

export const CreateStack = operation({
  id: 'create-stack',
  operationId: 'CreateStack',
  group: 'stacks',
  summary: 'Create a stack; with a template also start its first deployment.',
  method: 'POST',
  path: '/v1/{project_id}/stacks',
  permission: 'rf:stack:createStack',
  access: ['table:write', 'bucket:write', 'queue:send', 'fetcher:invoke'],
  request: {
    path: ProjectPath,
    query: NoQuery,
    body: z
      .strictObject({
        stack_name: name,
        agencies: z.optional(agencies),
        description: z.optional(description),
        enable_deletion_protection: z.optional(z.boolean()),
        enable_auto_rollback: z.optional(z.boolean()),
        ...template,
        ...variables,
      })
      .check(notBothTemplates),
    bodyRule: 'required',
    clientRequestId: 'required',
  },
  success: {
    status: 201,
    meaning: 'Stack created (and, with a template, its deployment accepted).',
    body: z.object({ stack_id: id, deployment_id: z.optional(id) }),
  },
  errors: [
    ...everywhere,
    'NameInvalid',
    'BodyMissing',
    'BodyNotJson',
    ...withTemplate,
    'ProviderNameTwice',
    'TooManyStacks',
    'TooManyStacksInCreation',
    'StackNameTaken',
  ],
})

export const DeployStack = operation({
  id: 'deploy-stack',
  operationId: 'DeployStack',
  group: 'stacks',
  summary: 'Deploy a stack with a template and variables.',
  method: 'POST',
  path: '/v1/{project_id}/stacks/{stack_name}/deployments',
  permission: 'rf:stack:deployStack',
  access: ['table:write', 'bucket:write', 'queue:send', 'fetcher:invoke'],
  request: {
    path: StackPath,
    query: NoQuery,
    body: z
      .strictObject({ ...template, ...variables, stack_id: z.optional(text(36, 36)) })
      .check(notBothTemplates, oneTemplate),
    bodyRule: 'required',
    clientRequestId: 'required',
  },
  success: { status: 202, meaning: 'Accepted; processed asynchronously.', body: DeploymentRef },
  errors: [...onStack, ...withBody, 'BodyMissing', ...withTemplate, 'TemplateMissing', 'DeployInWrongStatus'],
})

export const ContinueDeployStack = operation({
  id: 'continue-deploy-stack',
  operationId: 'ContinueDeployStack',
  group: 'stacks',
  summary: 'Retry the failed deployment of a stack.',
  method: 'POST',
  path: '/v1/{project_id}/stacks/{stack_name}/continuations',
  permission: 'rf:stack:continueDeployStack',
  access: ['table:write', 'queue:send'],
  request: { path: StackPath, query: NoQuery, body: StackIdBody, bodyRule: 'optional', clientRequestId: 'required' },
  success: { status: 202, meaning: 'Accepted; processed asynchronously.', body: DeploymentRef },
  errors: [...onStack, ...withBody, 'ContinueDeployInWrongStatus'],
})

export const ContinueRollbackStack = operation({
  id: 'continue-rollback-stack',
  operationId: 'ContinueRollbackStack',
  group: 'stacks',
  summary: 'Retry the failed rollback of a stack.',
  method: 'POST',
  path: '/v1/{project_id}/stacks/{stack_name}/rollbacks',
  permission: 'rf:stack:continueRollbackStack',
  access: ['table:write', 'queue:send'],
  request: { path: StackPath, query: NoQuery, body: StackIdBody, bodyRule: 'optional', clientRequestId: 'required' },
  success: { status: 202, meaning: 'Accepted; the rollback goes on asynchronously.', body: DeploymentRef },
  errors: [...onStack, ...withBody, 'ContinueRollbackInWrongStatus'],
})

export const CancelStackDeployment = operation({
  id: 'cancel-stack-deployment',
  operationId: 'CancelStackDeployment',
  group: 'stacks',
  summary: 'Stop what is under way on a stack: a deployment, a rollback or a deletion.',
  method: 'POST',
  path: '/v1/{project_id}/stacks/{stack_name}/cancellations',
  addition: true,
  permission: 'rf:stack:cancelStackDeployment',
  access: ['table:write', 'bucket:write', 'queue:send'],
  request: {
    path: StackPath,
    query: NoQuery,
    body: z.strictObject({
      stack_id: z.optional(text(36, 36)),
      /** Whether a cancelled deployment is rolled back. Not when absent, whatever the stack's own flag says. */
      roll_back: z.optional(z.boolean()),
    }),
    bodyRule: 'optional',
    clientRequestId: 'required',
  },
  success: { status: 202, meaning: 'Accepted; what is under way ends as soon as it can.', body: DeploymentRef },
  errors: [...onStack, ...withBody, 'TemplateInvalid', 'CancelInWrongStatus'],
})

export const UpdateStack = operation({
  id: 'update-stack',
  operationId: 'UpdateStack',
  group: 'stacks',
  summary: 'Change description, protection, rollback flag or agencies of a stack.',
  method: 'PATCH',
  path: '/v1/{project_id}/stacks/{stack_name}',
  permission: 'rf:stack:updateStack',
  access: ['table:write'],
  request: {
    path: StackPath,
    query: NoQuery,
    body: z.strictObject({
      description: z.optional(description),
      stack_id: z.optional(text(36, 36)),
      enable_deletion_protection: z.optional(z.boolean()),
      enable_auto_rollback: z.optional(z.boolean()),
      agencies: z.optional(agencies),
    }),
    bodyRule: 'required',
    clientRequestId: 'required',
  },
  success: { status: 204, meaning: 'Changed; no body.', body: Nothing },
  errors: [
    ...onStack,
    ...withBody,
    'BodyMissing',
    'NothingToChange',
    'ProviderNameTwice',
    'UpdateInWrongStatus',
    'AutoRollbackInWrongStatus',
  ],
})

export const DeleteStack = operation({
  id: 'delete-stack',
  operationId: 'DeleteStack',
  group: 'stacks',
  summary: 'Delete a stack and everything it manages.',
  method: 'DELETE',
  path: '/v1/{project_id}/stacks/{stack_name}',
  permission: 'rf:stack:deleteStack',
  access: ['table:write', 'queue:send'],
  request: { path: StackPath, query: StackQuery, clientRequestId: 'required' },
  success: { status: 202, meaning: 'Accepted; processed asynchronously.', body: Nothing },
  errors: [...onStack, 'StackBusy', 'DeleteInWrongStatus', 'DeletionProtected'],
})

export const DeleteStackEnhanced = operation({
  id: 'delete-stack-enhanced',
  operationId: 'DeleteStackEnhanced',
  group: 'stacks',
  summary: 'Delete a stack, optionally keeping its resources.',
  method: 'POST',
  path: '/v1/{project_id}/stacks/{stack_name}/deletion',
  permission: 'rf:stack:deleteStack',
  access: ['table:write', 'queue:send'],
  request: {
    path: StackPath,
    query: NoQuery,
    body: z.strictObject({ stack_id: z.optional(text(36, 36)), retain_all_resources: z.optional(z.boolean()) }),
    bodyRule: 'optional',
    clientRequestId: 'required',
  },
  success: { status: 202, meaning: 'Accepted; processed asynchronously.', body: Nothing },
  errors: [...onStack, ...withBody, 'DeleteInWrongStatus', 'DeletionProtected'],
})

/** The software deployment operations: Heat's paths, fields and limits, as measured (`[SEMANTICS]` of the RTS reference). */
import * as z from 'zod/mini'
import { operation } from './operation.ts'
import { SoftwareConfig } from './software-configs.ts'
import { heatProjectId, limitedText, ProjectPath, ReadErrors, stackUserProject, WriteErrors } from './software-parts.ts'

const DeploymentPath = z.object({ project_id: heatProjectId, deployment_id: z.string() })

export const SoftwareDeployment = z.object({
  id: z.string(),
  server_id: z.string(),
  config_id: z.string(),
  input_values: z.unknown(),
  output_values: z.unknown(),
  action: z.nullable(z.string()),
  status: z.nullable(z.string()),
  status_reason: z.nullable(z.string()),
  creation_time: z.string(),
  /** Absent until the first change. */
  updated_time: z.optional(z.string()),
})
export type SoftwareDeployment = z.infer<typeof SoftwareDeployment>

export const DeploymentEnvelope = z.object({ software_deployment: SoftwareDeployment })

const changeable = {
  input_values: z.optional(z.unknown()),
  action: z.nullish(limitedText(255)),
  status: z.nullish(limitedText(255)),
  /** Any value; it is kept as text. */
  status_reason: z.optional(z.unknown()),
}

export const CreateSoftwareDeployment = operation({
  id: 'create-software-deployment',
  operationId: 'createSoftwareDeployment',
  group: 'software-deployments',
  summary: 'Tie a config to a server.',
  method: 'POST',
  path: '/v1/{project_id}/software_deployments',
  dialect: 'heat',
  permission: 'rf:softwareDeployment:create',
  policyRule: 'software_deployments:create',
  access: ['table:write', 'bucket:read', 'bucket:write'],
  request: {
    path: ProjectPath,
    body: z.object({
      config_id: limitedText(36),
      server_id: limitedText(36),
      ...changeable,
      stack_user_project_id: stackUserProject,
    }),
    bodyRule: 'required',
    clientRequestId: 'optional',
  },
  success: { status: 200, meaning: 'The deployment.', body: DeploymentEnvelope },
  errors: WriteErrors,
})

export const ListSoftwareDeployments = operation({
  id: 'list-software-deployments',
  operationId: 'listSoftwareDeployments',
  group: 'software-deployments',
  summary: 'List all deployments of a project or of a server, oldest first.',
  method: 'GET',
  path: '/v1/{project_id}/software_deployments',
  dialect: 'heat',
  permission: 'rf:softwareDeployment:list',
  policyRule: 'software_deployments:index',
  access: ['table:read', 'bucket:read'],
  request: {
    path: ProjectPath,
    query: z.object({ server_id: z.optional(z.string()) }),
    clientRequestId: 'optional',
  },
  success: {
    status: 200,
    meaning: 'The deployments.',
    body: z.object({ software_deployments: z.array(SoftwareDeployment) }),
  },
  errors: [...ReadErrors, 'LimitExceeded'],
})

export const ShowSoftwareDeployment = operation({
  id: 'show-software-deployment',
  operationId: 'showSoftwareDeployment',
  group: 'software-deployments',
  summary: 'Read a deployment.',
  method: 'GET',
  path: '/v1/{project_id}/software_deployments/{deployment_id}',
  dialect: 'heat',
  permission: 'rf:softwareDeployment:show',
  policyRule: 'software_deployments:show',
  access: ['table:read', 'bucket:read'],
  request: { path: DeploymentPath, clientRequestId: 'optional' },
  success: { status: 200, meaning: 'The deployment.', body: DeploymentEnvelope },
  errors: [...ReadErrors, 'NotFound'],
})

export const UpdateSoftwareDeployment = operation({
  id: 'update-software-deployment',
  operationId: 'updateSoftwareDeployment',
  group: 'software-deployments',
  summary: 'Change the fields of a deployment that are given and not empty; the others stay.',
  method: 'PUT',
  path: '/v1/{project_id}/software_deployments/{deployment_id}',
  dialect: 'heat',
  permission: 'rf:softwareDeployment:update',
  policyRule: 'software_deployments:update',
  access: ['table:write', 'bucket:read', 'bucket:write'],
  request: {
    path: DeploymentPath,
    body: z.object({
      config_id: z.nullish(limitedText(36)),
      output_values: z.optional(z.unknown()),
      ...changeable,
    }),
    bodyRule: 'required',
    clientRequestId: 'optional',
  },
  success: { status: 200, meaning: 'The deployment as it is now.', body: DeploymentEnvelope },
  errors: [...WriteErrors, 'NotFound', 'Contended'],
})

export const DeleteSoftwareDeployment = operation({
  id: 'delete-software-deployment',
  operationId: 'deleteSoftwareDeployment',
  group: 'software-deployments',
  summary: 'Delete a deployment; its config stays.',
  method: 'DELETE',
  path: '/v1/{project_id}/software_deployments/{deployment_id}',
  dialect: 'heat',
  permission: 'rf:softwareDeployment:delete',
  policyRule: 'software_deployments:delete',
  access: ['table:write', 'bucket:write'],
  request: { path: DeploymentPath, clientRequestId: 'optional' },
  success: { status: 204, meaning: 'It is gone.' },
  errors: [...ReadErrors, 'NotFound', 'Contended'],
})

export const GetServerMetadata = operation({
  id: 'get-server-metadata',
  operationId: 'getServerMetadata',
  group: 'software-deployments',
  summary: 'Read the configs that a server should run, in the order of their names.',
  method: 'GET',
  path: '/v1/{project_id}/software_deployments/metadata/{server_id}',
  dialect: 'heat',
  permission: 'rf:softwareDeployment:metadata',
  policyRule: 'software_deployments:metadata',
  access: ['table:read', 'bucket:read'],
  request: {
    path: z.object({ project_id: heatProjectId, server_id: z.string() }),
    headers: ['if-none-match'],
    clientRequestId: 'optional',
  },
  success: {
    status: 200,
    meaning: 'One entry for each deployment of the server. 304 without a body while nothing changed.',
    body: z.object({ metadata: z.array(SoftwareConfig) }),
    headers: [{ name: 'ETag', description: 'Send it in `If-None-Match` to learn only of changes.' }],
  },
  errors: [...ReadErrors, 'LimitExceeded'],
})

/**
 * Additions of this service: an address at which a server reports the end of a deployment, and one call that makes a
 * deployment in the way Heat's clients do it in several.
 */
import * as z from 'zod/mini'
import type { Operation } from './operation.ts'
import { operation } from './operation.ts'
import { SoftwareConfig } from './software-configs.ts'
import { SoftwareDeployment } from './software-deployments.ts'
import { heatProjectId, limitedText, ProjectPath, ReadErrors, stackUserProject, WriteErrors } from './software-parts.ts'

const DeploymentPath = z.object({ project_id: heatProjectId, deployment_id: z.string() })
const deploymentPath = '/v1/{project_id}/software_deployments/{deployment_id}'

export const signalTransports = ['CFN_SIGNAL', 'TEMP_URL_SIGNAL', 'NO_SIGNAL'] as const

/** The address itself is the credential: no token, and no permission. The secret stands in the query, which no log keeps. */
const signal = {
  group: 'software-deployments',
  path: `${deploymentPath}/signal`,
  dialect: 'heat',
  addition: true,
  access: ['table:write', 'bucket:read', 'bucket:write'],
  request: {
    path: DeploymentPath,
    query: z.object({ secret: z.optional(z.string()) }),
    body: z.record(z.string(), z.unknown()),
    bodyRule: 'tolerant',
    clientRequestId: 'optional',
  },
  success: { status: 200, meaning: 'Taken; without effect unless the deployment is in progress.', body: z.null() },
  errors: ['BadRequest', 'LimitExceeded', 'NotFound', 'Contended', 'Fault'],
} as const satisfies Partial<Operation>

export const SignalSoftwareDeployment = operation({
  id: 'signal-software-deployment',
  operationId: 'signalSoftwareDeployment',
  summary: 'Report the outputs of a deployment (CFN_SIGNAL).',
  method: 'POST',
  ...signal,
})

export const PutSoftwareDeploymentSignal = operation({
  id: 'put-software-deployment-signal',
  operationId: 'putSoftwareDeploymentSignal',
  summary: 'Report the outputs of a deployment (TEMP_URL_SIGNAL).',
  method: 'PUT',
  ...signal,
})

export const CreateSignalAddress = operation({
  id: 'create-signal-address',
  operationId: 'createSignalAddress',
  group: 'software-deployments',
  summary: 'Make the address at which a deployment is signalled; an earlier one ceases to work.',
  method: 'POST',
  path: `${deploymentPath}/signal_address`,
  dialect: 'heat',
  addition: true,
  permission: 'rf:softwareDeployment:update',
  policyRule: 'software_deployments:update',
  access: ['table:write', 'bucket:read'],
  request: { path: DeploymentPath, clientRequestId: 'optional' },
  success: { status: 200, meaning: 'The address, shown this once.', body: z.object({ signal_address: z.string() }) },
  errors: [...ReadErrors, 'NotFound', 'Invalid'],
})

export const RevokeSignalAddress = operation({
  id: 'revoke-signal-address',
  operationId: 'revokeSignalAddress',
  group: 'software-deployments',
  summary: 'Make the signal address of a deployment useless.',
  method: 'DELETE',
  path: `${deploymentPath}/signal_address`,
  dialect: 'heat',
  addition: true,
  permission: 'rf:softwareDeployment:update',
  policyRule: 'software_deployments:update',
  access: ['table:write'],
  request: { path: DeploymentPath, clientRequestId: 'optional' },
  success: { status: 204, meaning: 'It is useless.' },
  errors: [...ReadErrors, 'NotFound'],
})

export const DeploySoftware = operation({
  id: 'deploy-software',
  operationId: 'deploySoftware',
  group: 'software-deployments',
  summary: 'Derive a config with the inputs of one server from a config, and deploy it there.',
  method: 'POST',
  path: '/v1/{project_id}/derived_deployments',
  dialect: 'heat',
  addition: true,
  permission: 'rf:softwareDeployment:create',
  policyRule: 'software_deployments:create',
  access: ['table:write', 'bucket:read', 'bucket:write'],
  request: {
    path: ProjectPath,
    body: z.object({
      config_id: limitedText(36),
      server_id: limitedText(36),
      /** Of the derived config; the order in which a server runs its configs. The source's when absent. */
      name: z.nullish(limitedText(255)),
      input_values: z.nullish(z.record(z.string(), z.unknown(), 'Invalid')),
      action: z.nullish(limitedText(255)),
      signal_transport: z.nullish(z.enum(signalTransports, 'Invalid')),
      stack_user_project_id: stackUserProject,
    }),
    bodyRule: 'required',
    clientRequestId: 'optional',
  },
  success: {
    status: 200,
    meaning: 'The deployment and its derived config.',
    body: z.object({ software_deployment: SoftwareDeployment, software_config: SoftwareConfig }),
  },
  errors: WriteErrors,
})

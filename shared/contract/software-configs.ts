/** The software configuration operations: Heat's paths, fields and limits, as measured (`[SEMANTICS]` of the RTS reference). */
import * as z from 'zod/mini'
import type { HeatErrorName } from './heat-errors.ts'
import { operation } from './operation.ts'
import { heatProjectId, limitedText, ProjectPath, ReadErrors, WriteErrors } from './software-parts.ts'

const ConfigPath = z.object({ project_id: heatProjectId, config_id: z.string() })

const IoType = z.enum(['String', 'Number', 'CommaDelimitedList', 'Json', 'Boolean'])

export const ConfigInput = z.object({
  name: z.string(),
  description: z.optional(z.string()),
  type: IoType,
  default: z.optional(z.unknown()),
  /** Only when true. */
  replace_on_change: z.optional(z.boolean()),
  value: z.optional(z.unknown()),
})
export type ConfigInput = z.infer<typeof ConfigInput>

export const ConfigOutput = z.object({
  name: z.string(),
  description: z.optional(z.string()),
  type: IoType,
  error_output: z.boolean(),
})
export type ConfigOutput = z.infer<typeof ConfigOutput>

const summaryFields = {
  id: z.string(),
  name: z.nullable(z.string()),
  group: z.nullable(z.string()),
  creation_time: z.string(),
}

export const SoftwareConfigSummary = z.object(summaryFields)
export type SoftwareConfigSummary = z.infer<typeof SoftwareConfigSummary>

export const SoftwareConfig = z.object({
  ...summaryFields,
  config: z.unknown(),
  inputs: z.array(ConfigInput),
  outputs: z.array(ConfigOutput),
  options: z.unknown(),
})
export type SoftwareConfig = z.infer<typeof SoftwareConfig>

const Envelope = z.object({ software_config: SoftwareConfig })
const unknownConfig: readonly HeatErrorName[] = ['NotFound']

export const CreateSoftwareConfig = operation({
  id: 'create-software-config',
  operationId: 'createSoftwareConfig',
  group: 'software-configs',
  summary: 'Keep a piece of configuration for servers to run; it never changes afterwards.',
  method: 'POST',
  path: '/v1/{project_id}/software_configs',
  dialect: 'heat',
  permission: 'rf:softwareConfig:create',
  policyRule: 'software_configs:create',
  access: ['table:write', 'bucket:write'],
  request: {
    path: ProjectPath,
    body: z.object({
      name: z.nullish(limitedText(255)),
      group: z.nullish(limitedText(255)),
      config: z.optional(z.unknown()),
      /** Lists of items; what each may hold is checked item by item, as Heat does. */
      inputs: z.optional(z.unknown()),
      outputs: z.optional(z.unknown()),
      options: z.optional(z.unknown()),
    }),
    bodyRule: 'required',
    clientRequestId: 'optional',
  },
  success: { status: 200, meaning: 'The config.', body: Envelope },
  errors: [...WriteErrors, 'ItemInvalid'],
})

export const ListSoftwareConfigs = operation({
  id: 'list-software-configs',
  operationId: 'listSoftwareConfigs',
  group: 'software-configs',
  summary: 'List the configs of a project, newest first.',
  method: 'GET',
  path: '/v1/{project_id}/software_configs',
  dialect: 'heat',
  permission: 'rf:softwareConfig:list',
  policyRule: 'software_configs:index',
  access: ['table:read'],
  request: {
    path: ProjectPath,
    query: z.object({
      limit: z.optional(z.string().check(z.regex(/^\d{0,9}$/, 'BadRequest'))),
      marker: z.optional(z.string()),
      global_tenant: z.optional(z.string().check(z.regex(/^(true|false|)$/i, 'BadRequest'))),
    }),
    clientRequestId: 'optional',
  },
  success: {
    status: 200,
    meaning: 'The configs, without what they hold.',
    body: z.object({ software_configs: z.array(SoftwareConfigSummary) }),
  },
  errors: [...ReadErrors, 'BadRequest', 'LimitExceeded'],
})

export const ShowSoftwareConfig = operation({
  id: 'show-software-config',
  operationId: 'showSoftwareConfig',
  group: 'software-configs',
  summary: 'Read a config.',
  method: 'GET',
  path: '/v1/{project_id}/software_configs/{config_id}',
  dialect: 'heat',
  permission: 'rf:softwareConfig:show',
  policyRule: 'software_configs:show',
  access: ['table:read', 'bucket:read'],
  request: { path: ConfigPath, clientRequestId: 'optional' },
  success: { status: 200, meaning: 'The config.', body: Envelope },
  errors: [...ReadErrors, ...unknownConfig],
})

export const DeleteSoftwareConfig = operation({
  id: 'delete-software-config',
  operationId: 'deleteSoftwareConfig',
  group: 'software-configs',
  summary: 'Delete a config that no deployment refers to.',
  method: 'DELETE',
  path: '/v1/{project_id}/software_configs/{config_id}',
  dialect: 'heat',
  permission: 'rf:softwareConfig:delete',
  policyRule: 'software_configs:delete',
  access: ['table:write', 'bucket:write'],
  request: { path: ConfigPath, clientRequestId: 'optional' },
  success: { status: 204, meaning: 'It is gone.' },
  errors: [...ReadErrors, ...unknownConfig, 'ConfigInUse'],
})

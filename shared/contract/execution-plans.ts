/** The execution plan operations of the core tier, and the price estimate. Wire names and limits are the API reference's. */
import * as z from 'zod/mini'
import { chargeModes, currencies, itemActions, itemModes, periodTypes, planStatuses } from './enums.ts'
import type { ErrorName } from './errors.ts'
import {
  description,
  id,
  name,
  notBothTemplates,
  oneTemplate,
  pageInfo,
  paging,
  projectId,
  template,
  text,
  time,
  variable,
  variables,
} from './fields.ts'
import { operation } from './operation.ts'
import {
  DeploymentRef,
  NoQuery,
  Nothing,
  onStack,
  StackPath,
  stackIdQuery,
  withBody,
  withTemplate,
} from './stack-parts.ts'

const PlanPath = z.strictObject({ project_id: projectId, stack_name: name, execution_plan_name: name })
const PlanQuery = z.strictObject({ ...stackIdQuery, execution_plan_id: z.optional(id) })
const onPlan: readonly ErrorName[] = [...onStack, 'IdInvalid', 'PlanNotFound', 'PlanIdMismatch']

const planFields = {
  stack_name: name,
  stack_id: id,
  execution_plan_id: id,
  execution_plan_name: name,
  /** Omitted when it was never set. */
  description: z.optional(z.string()),
  status: z.enum(planStatuses),
  /** Only in CREATION_FAILED. */
  status_message: z.optional(z.string()),
  create_time: time,
  apply_time: z.optional(time),
}
export const ExecutionPlan = z.object(planFields)
export type ExecutionPlan = z.infer<typeof ExecutionPlan>

/** Counters that are zero are left out `[GetExecutionPlanMetadata]`. */
export const PlanSummary = z.object({
  resource_add: z.optional(z.int()),
  resource_update: z.optional(z.int()),
  resource_delete: z.optional(z.int()),
  resource_import: z.optional(z.int()),
})
export type PlanSummary = z.infer<typeof PlanSummary>

export const ExecutionPlanMetadata = z.object({
  ...planFields,
  vars_structure: z.optional(z.array(variable)),
  vars_body: z.optional(z.string()),
  vars_uri_content: z.optional(z.string()),
  summary: z.optional(PlanSummary),
})
export type ExecutionPlanMetadata = z.infer<typeof ExecutionPlanMetadata>

export const ExecutionPlanItem = z.object({
  resource_type: z.string(),
  resource_name: z.string(),
  index: z.optional(z.string()),
  action: z.enum(itemActions),
  action_reason: z.optional(z.string()),
  provider_name: z.string(),
  mode: z.enum(itemModes),
  drifted: z.boolean(),
  imported: z.boolean(),
  resource_id: z.optional(z.string()),
  attributes: z.array(
    z.object({
      name: z.string(),
      previous_value: z.optional(z.string()),
      target_value: z.optional(z.string()),
    }),
  ),
})
export type ExecutionPlanItem = z.infer<typeof ExecutionPlanItem>

/** The amounts are of all billing units together, with two decimals, rounded up. */
export const ResourcePrice = z.object({
  charge_mode: z.enum(chargeModes),
  sale_price: z.number(),
  discount: z.number(),
  original_price: z.number(),
  /** Both absent for what is free. */
  period_type: z.optional(z.enum(periodTypes)),
  period_count: z.optional(z.int()),
  /** All absent without a discount. */
  best_discount_type: z.optional(z.int()),
  best_discount_price: z.optional(z.number()),
  official_website_discount_price: z.optional(z.number()),
})
export type ResourcePrice = z.infer<typeof ResourcePrice>

export const PriceItem = z.object({
  resource_type: z.string(),
  resource_name: z.string(),
  index: z.optional(z.string()),
  module_address: z.optional(z.string()),
  supported: z.boolean(),
  /** Of what is not supported; the others have a price. */
  unsupported_message: z.optional(z.string()),
  resource_price: z.optional(z.array(ResourcePrice)),
})
export type PriceItem = z.infer<typeof PriceItem>

export const CreateExecutionPlan = operation({
  id: 'create-execution-plan',
  operationId: 'CreateExecutionPlan',
  group: 'execution-plans',
  summary: 'Plan what a template would change in a stack, without changing anything.',
  method: 'POST',
  path: '/v1/{project_id}/stacks/{stack_name}/execution-plans',
  permission: 'rf:stack:createExecutionPlan',
  access: ['table:write', 'bucket:write', 'queue:send', 'fetcher:invoke'],
  request: {
    path: StackPath,
    query: NoQuery,
    body: z
      .strictObject({
        stack_id: z.optional(text(36, 36)),
        execution_plan_name: name,
        description: z.optional(description),
        ...template,
        ...variables,
      })
      .check(notBothTemplates, oneTemplate),
    bodyRule: 'required',
    clientRequestId: 'required',
  },
  success: {
    status: 202,
    meaning: 'Accepted; the plan is made asynchronously.',
    body: z.object({ execution_plan_id: id }),
  },
  errors: [
    ...onStack,
    ...withBody,
    'BodyMissing',
    ...withTemplate,
    'TemplateMissing',
    'PlanInWrongStatus',
    'PlanNameTaken',
    'TooManyPlans',
    'TooManyPlansInCreation',
  ],
})

export const ListExecutionPlans = operation({
  id: 'list-execution-plans',
  operationId: 'ListExecutionPlans',
  group: 'execution-plans',
  summary: 'List the execution plans of a stack, newest first.',
  method: 'GET',
  path: '/v1/{project_id}/stacks/{stack_name}/execution-plans',
  permission: 'rf:stack:listExecutionPlans',
  access: ['table:read'],
  request: { path: StackPath, query: z.strictObject({ ...stackIdQuery, ...paging }), clientRequestId: 'required' },
  success: {
    status: 200,
    meaning: 'Plans.',
    body: z.object({ execution_plans: z.array(ExecutionPlan), page_info: z.optional(pageInfo) }),
  },
  errors: [...onStack, 'NotAnInteger'],
})

export const GetExecutionPlan = operation({
  id: 'get-execution-plan',
  operationId: 'GetExecutionPlan',
  group: 'execution-plans',
  summary: 'Read what an execution plan would change, item by item.',
  method: 'GET',
  path: '/v1/{project_id}/stacks/{stack_name}/execution-plans/{execution_plan_name}',
  permission: 'rf:stack:getExecutionPlan',
  access: ['table:read', 'bucket:read'],
  request: {
    path: PlanPath,
    // Pages are an addition: a plan may have more items than one answer can hold.
    query: z.extend(PlanQuery, paging),
    clientRequestId: 'required',
  },
  success: {
    status: 200,
    meaning: 'Items; absent while the plan is being made and when that failed.',
    body: z.object({
      execution_plan_items: z.optional(z.array(ExecutionPlanItem)),
      page_info: z.optional(pageInfo),
    }),
  },
  errors: [...onPlan, 'NotAnInteger'],
})

export const GetExecutionPlanMetadata = operation({
  id: 'get-execution-plan-metadata',
  operationId: 'GetExecutionPlanMetadata',
  group: 'execution-plans',
  summary: 'Read all metadata of one execution plan.',
  method: 'GET',
  path: '/v1/{project_id}/stacks/{stack_name}/execution-plans/{execution_plan_name}/metadata',
  permission: 'rf:stack:getExecutionPlanMetadata',
  access: ['table:read', 'bucket:read'],
  request: { path: PlanPath, query: PlanQuery, clientRequestId: 'required' },
  success: { status: 200, meaning: 'Metadata.', body: ExecutionPlanMetadata },
  errors: onPlan,
})

export const EstimateExecutionPlanPrice = operation({
  id: 'estimate-execution-plan-price',
  operationId: 'EstimateExecutionPlanPrice',
  group: 'execution-plans',
  summary: 'Estimate what the resources that an execution plan adds would cost, by the price book of the operator.',
  method: 'GET',
  path: '/v1/{project_id}/stacks/{stack_name}/execution-plans/{execution_plan_name}/prices',
  permission: 'rf:stack:estimateExecutionPlanPrice',
  access: ['table:read', 'bucket:read'],
  // Pages are an addition, as they are of the items that the prices are of.
  request: { path: PlanPath, query: z.extend(PlanQuery, paging), clientRequestId: 'required' },
  success: {
    status: 200,
    meaning: 'Prices; absent while the plan is being made and when that failed.',
    body: z.object({
      currency: z.optional(z.enum(currencies)),
      items: z.optional(z.array(PriceItem)),
      page_info: z.optional(pageInfo),
    }),
  },
  errors: [...onPlan, 'NotAnInteger', 'PriceArgumentMissing', 'PriceArgumentInvalid', 'ProductNotFound'],
})

export const ApplyExecutionPlan = operation({
  id: 'apply-execution-plan',
  operationId: 'ApplyExecutionPlan',
  group: 'execution-plans',
  summary: 'Carry out exactly what an execution plan says.',
  method: 'POST',
  path: '/v1/{project_id}/stacks/{stack_name}/execution-plans/{execution_plan_name}',
  permission: 'rf:stack:applyExecutionPlan',
  access: ['table:write', 'bucket:read', 'bucket:write', 'queue:send'],
  request: {
    path: PlanPath,
    query: NoQuery,
    body: z.strictObject({ execution_plan_id: z.optional(id), stack_id: z.optional(text(36, 36)) }),
    bodyRule: 'optional',
    clientRequestId: 'required',
  },
  success: { status: 202, meaning: 'Accepted; processed asynchronously.', body: DeploymentRef },
  errors: [
    ...onPlan,
    ...withBody,
    'TemplateInvalid',
    'ApplyInWrongStackStatus',
    'ApplyInWrongPlanStatus',
    'PlanExpired',
  ],
})

export const DeleteExecutionPlan = operation({
  id: 'delete-execution-plan',
  operationId: 'DeleteExecutionPlan',
  group: 'execution-plans',
  summary: 'Delete an execution plan.',
  method: 'DELETE',
  path: '/v1/{project_id}/stacks/{stack_name}/execution-plans/{execution_plan_name}',
  permission: 'rf:stack:deleteExecutionPlan',
  access: ['table:write', 'bucket:read', 'bucket:write'],
  request: { path: PlanPath, query: PlanQuery, clientRequestId: 'required' },
  success: { status: 204, meaning: 'Deleted; no body.', body: Nothing },
  errors: [...onPlan, 'StackBusy', 'DeletePlanInWrongStatus'],
})

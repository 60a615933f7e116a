/** Records -> the wire's form. Keys without a value are left out. */
import type { PlanStatus } from '../contract/enums.ts'
import type {
  ExecutionPlan,
  ExecutionPlanItem,
  ExecutionPlanMetadata,
  PlanSummary,
} from '../contract/execution-plans.ts'
import type { PlanCounts, PlanItem } from '../engine/protocol.ts'
import { present, wireTime } from '../http/wire.ts'
import type { Variables } from '../template/variables.ts'
import { hasItems } from './lifecycle.ts'
import type { PlanRecord } from './record.ts'
import type { ListedPlan } from './store.ts'

export function toPlan(plan: ListedPlan, status: PlanStatus): ExecutionPlan {
  return present({
    stack_name: plan.stackName,
    stack_id: plan.stackId,
    execution_plan_id: plan.id,
    execution_plan_name: plan.name,
    description: plan.description,
    status,
    status_message: status === 'CREATION_FAILED' ? plan.statusMessage : undefined,
    create_time: wireTime(plan.createdAt),
    apply_time: plan.appliedAt === undefined ? undefined : wireTime(plan.appliedAt),
  })
}

/** Counters that are zero are left out. */
function toSummary(counts: PlanCounts): PlanSummary {
  return present({
    resource_add: counts.add || undefined,
    resource_update: counts.update || undefined,
    resource_delete: counts.delete || undefined,
    resource_import: counts.import || undefined,
  })
}

export function toPlanMetadata(plan: PlanRecord, status: PlanStatus, variables: Variables): ExecutionPlanMetadata {
  return present({
    ...toPlan(plan, status),
    vars_structure: variables.structure && [...variables.structure],
    vars_body: variables.body,
    vars_uri_content: variables.uriContent,
    summary: hasItems(status) && plan.counts ? toSummary(plan.counts) : undefined,
  })
}

export function toPlanItem(item: PlanItem): ExecutionPlanItem {
  return present({
    resource_type: item.type,
    resource_name: item.name,
    index: item.key,
    action: item.action,
    action_reason: item.actionReason,
    provider_name: item.provider,
    mode: item.mode,
    drifted: item.drifted,
    imported: item.imported,
    resource_id: item.id,
    attributes: item.attributes.map(({ name, previous, target }) =>
      present({ name, previous_value: previous, target_value: target }),
    ),
  })
}

/** Records -> the wire's form. Keys without a value are left out. */
import type { PlanStatus } from '../contract/enums.ts'
import type {
  ExecutionPlan,
  ExecutionPlanItem,
  ExecutionPlanMetadata,
  PlanSummary,
  PriceItem,
  ResourcePrice,
} from '../contract/execution-plans.ts'
import type { PlanCounts, PlanItem } from '../engine/protocol.ts'
import { moduleAddress } from '../engine/resource-address.ts'
import { present, wireTime } from '../http/wire.ts'
import type { Variables } from '../template/variables.ts'
import { hasItems } from './lifecycle.ts'
import type { Estimate, Price } from './prices.ts'
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

export function toPriceItem({ item, price }: Estimate): PriceItem {
  const isPriced = typeof price !== 'string'
  return present({
    resource_type: item.type,
    resource_name: item.name,
    index: item.key,
    module_address: moduleAddress(item.address),
    supported: isPriced,
    unsupported_message: isPriced ? undefined : price,
    resource_price: isPriced ? [toResourcePrice(price)] : undefined,
  })
}

function toResourcePrice(price: Price): ResourcePrice {
  return present({
    charge_mode: price.mode,
    sale_price: price.sale,
    discount: price.discount,
    original_price: price.original,
    period_type: price.period?.type,
    period_count: price.period?.count,
    best_discount_type: price.discountType,
    best_discount_price: price.discountType === undefined ? undefined : price.discount,
  })
}

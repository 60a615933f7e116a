import { GetExecutionPlan } from '../../shared/contract/execution-plans.ts'
import { takePageOf } from '../../shared/http/paging.ts'
import { serve } from '../../shared/http/serve.ts'
import { openPlanItemStore } from '../../shared/plan/items.ts'
import { hasItems } from '../../shared/plan/lifecycle.ts'
import { loadPlan } from '../../shared/plan/load.ts'
import { statusOf } from '../../shared/plan/record.ts'
import { openPlanStore } from '../../shared/plan/store.ts'
import { toPlanItem } from '../../shared/plan/views.ts'
import { openStackStore } from '../../shared/stack/store.ts'

const dependencies = { stacks: openStackStore, plans: openPlanStore, items: openPlanItemStore }

export const handler = serve(GetExecutionPlan, dependencies, async (deps, { path, query }) => {
  const { stack, plan } = await loadPlan(deps, path, query)
  if (!hasItems(statusOf(plan, stack)) || !plan.itemsKey) return { body: {} }
  const items = await deps.items.load(plan.itemsKey)
  const { entries, page_info } = await takePageOf(items.map(toPlanItem), query)
  return { body: { execution_plan_items: entries, ...(page_info ? { page_info } : {}) } }
})

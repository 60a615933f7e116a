import { GetExecutionPlan } from '../../shared/contract/execution-plans.ts'
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
  return { body: { execution_plan_items: items.map(toPlanItem) } }
})

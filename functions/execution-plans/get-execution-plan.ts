import { readReferenced } from '../../shared/aws/blobs.ts'
import { GetExecutionPlan } from '../../shared/contract/execution-plans.ts'
import { takePageOf } from '../../shared/http/paging.ts'
import { serve } from '../../shared/http/serve.ts'
import { openPlanItemStore } from '../../shared/plan/items.ts'
import { hasItems } from '../../shared/plan/lifecycle.ts'
import { type LoadedPlan, loadPlan } from '../../shared/plan/load.ts'
import { statusOf } from '../../shared/plan/record.ts'
import { openPlanStore } from '../../shared/plan/store.ts'
import { toPlanItem } from '../../shared/plan/views.ts'
import { openStackStore } from '../../shared/stack/store.ts'

const dependencies = { stacks: openStackStore, plans: openPlanStore, items: openPlanItemStore }

export const handler = serve(GetExecutionPlan, dependencies, async (deps, { path, query }) => {
  const load = () => loadPlan(deps, path, query)
  const itemsOf = async ({ stack, plan }: LoadedPlan) =>
    hasItems(statusOf(plan, stack)) && plan.itemsKey ? deps.items.load(plan.itemsKey) : undefined
  const { read: items } = await readReferenced(await load(), itemsOf, load)
  if (!items) return { body: {} }
  const { entries, page_info } = await takePageOf(items.map(toPlanItem), query)
  return { body: { execution_plan_items: entries, ...(page_info ? { page_info } : {}) } }
})

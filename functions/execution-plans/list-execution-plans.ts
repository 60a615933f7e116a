import { ListExecutionPlans } from '../../shared/contract/execution-plans.ts'
import { decodeMarker, takePage } from '../../shared/http/paging.ts'
import { serve } from '../../shared/http/serve.ts'
import { statusOf } from '../../shared/plan/record.ts'
import { isPlanListKey, openPlanStore } from '../../shared/plan/store.ts'
import { toPlan } from '../../shared/plan/views.ts'
import { loadStack } from '../../shared/stack/load.ts'
import { openStackStore } from '../../shared/stack/store.ts'

const dependencies = { stacks: openStackStore, plans: openPlanStore }

export const handler = serve(ListExecutionPlans, dependencies, async ({ stacks, plans }, { path, query }) => {
  const after = decodeMarker(query.marker, isPlanListKey)
  const stack = await loadStack(stacks, path, query.stack_id)
  const { entries, page_info } = await takePage(plans.walk(stack.id, { limit: query.limit, after }), query)
  return {
    body: {
      execution_plans: entries.map((plan) => toPlan(plan, statusOf(plan, stack))),
      ...(page_info ? { page_info } : {}),
    },
  }
})

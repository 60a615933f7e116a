import { RfsError } from '../../shared/contract/errors.ts'
import { EstimateExecutionPlanPrice } from '../../shared/contract/execution-plans.ts'
import { takePageOf } from '../../shared/http/paging.ts'
import { serve } from '../../shared/http/serve.ts'
import { openPlanItemStore } from '../../shared/plan/items.ts'
import { hasItems } from '../../shared/plan/lifecycle.ts'
import { loadPlan } from '../../shared/plan/load.ts'
import { openPriceBookStore } from '../../shared/plan/price-book.ts'
import { estimate } from '../../shared/plan/prices.ts'
import { statusOf } from '../../shared/plan/record.ts'
import { openPlanStore } from '../../shared/plan/store.ts'
import { toPriceItem } from '../../shared/plan/views.ts'
import { openStackStore } from '../../shared/stack/store.ts'

const dependencies = {
  stacks: openStackStore,
  plans: openPlanStore,
  items: openPlanItemStore,
  prices: openPriceBookStore,
}

export const handler = serve(EstimateExecutionPlanPrice, dependencies, async (deps, { path, query }) => {
  const { stack, plan } = await loadPlan(deps, path, query)
  const book = await deps.prices.find()
  if (!book) {
    throw new RfsError('ProductNotFound', 'The operator of this service has set no price book, so nothing has a price.')
  }
  if (!hasItems(statusOf(plan, stack)) || !plan.itemsKey) return { body: {} }
  const estimates = estimate(book, await deps.items.load(plan.itemsKey))
  const { entries, page_info } = await takePageOf(estimates.map(toPriceItem), query)
  return { body: { currency: book.currency, items: entries, ...(page_info ? { page_info } : {}) } }
})

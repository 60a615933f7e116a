import { ListStackOutputs } from '../../shared/contract/stack-reads.ts'
import { loadCurrentView, openViewStore } from '../../shared/deployment/view-store.ts'
import { takePageOf } from '../../shared/http/paging.ts'
import { serve } from '../../shared/http/serve.ts'
import { isInFlight } from '../../shared/stack/lifecycle.ts'
import { loadStack } from '../../shared/stack/load.ts'
import { openStackStore } from '../../shared/stack/store.ts'
import { toOutput } from '../../shared/stack/views.ts'

const dependencies = { stacks: openStackStore, views: openViewStore }

export const handler = serve(ListStackOutputs, dependencies, async ({ stacks, views }, { path, query }) => {
  const load = () => loadStack(stacks, path, query.stack_id)
  const { stack, view } = await loadCurrentView(views, await load(), load)
  const outputs = isInFlight(stack.status) ? [] : view.outputs.map(toOutput)
  const { entries, page_info } = await takePageOf(outputs, query)
  return { body: { outputs: entries, ...(page_info ? { page_info } : {}) } }
})

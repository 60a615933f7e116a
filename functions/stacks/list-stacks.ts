import { ListStacks } from '../../shared/contract/stack-reads.ts'
import { decodeMarker, takePage } from '../../shared/http/paging.ts'
import { serve } from '../../shared/http/serve.ts'
import { isStackListKey, openStackStore } from '../../shared/stack/store.ts'
import { toSummary } from '../../shared/stack/views.ts'

export const handler = serve(ListStacks, { stacks: openStackStore }, async ({ stacks }, { path, query }) => {
  const after = decodeMarker(query.marker, isStackListKey)
  const { entries, page_info } = await takePage(stacks.walk(path.project_id, { limit: query.limit, after }), query)
  return { body: { stacks: entries.map(toSummary), ...(page_info ? { page_info } : {}) } }
})

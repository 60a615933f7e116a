import { ListTemplates } from '../../shared/contract/templates.ts'
import { decodeMarker, takePage } from '../../shared/http/paging.ts'
import { serve } from '../../shared/http/serve.ts'
import { isTemplateListKey, openTemplateStore } from '../../shared/template-library/store.ts'
import { toTemplateSummary } from '../../shared/template-library/views.ts'

const dependencies = { templates: openTemplateStore }

export const handler = serve(ListTemplates, dependencies, async ({ templates }, { path, query }) => {
  const after = decodeMarker(query.marker, isTemplateListKey)
  const { entries, page_info } = await takePage(templates.walk(path.project_id, { limit: query.limit, after }), query)
  return { body: { templates: entries.map(toTemplateSummary), ...(page_info ? { page_info } : {}) } }
})

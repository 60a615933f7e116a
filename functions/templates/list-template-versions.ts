import { ListTemplateVersions } from '../../shared/contract/template-versions.ts'
import { decodeMarker, type Listed, takePage } from '../../shared/http/paging.ts'
import { serve } from '../../shared/http/serve.ts'
import { loadTemplate } from '../../shared/template-library/load.ts'
import { numbersOf } from '../../shared/template-library/record.ts'
import { openTemplateStore } from '../../shared/template-library/store.ts'
import { openVersionStore } from '../../shared/template-library/version-store.ts'
import { toVersion } from '../../shared/template-library/views.ts'

const dependencies = { templates: openTemplateStore, versions: openVersionStore }

/** The number of the last version on the page before: what comes and goes in between opens no gap. */
const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0

export const handler = serve(ListTemplateVersions, dependencies, async ({ templates, versions }, { path, query }) => {
  const after = decodeMarker(query.marker, isNumber) ?? Number.POSITIVE_INFINITY
  const template = await loadTemplate(templates, path, query.template_id)
  const kept = new Map((await versions.list(template.id)).map((version) => [version.id, version]))
  const listed = numbersOf(template)
    .filter((number) => number < after)
    .flatMap((number): Listed<ReturnType<typeof toVersion>>[] => {
      const version = kept.get(template.versions[number] ?? '')
      // Deleted after the template was read.
      return version ? [{ entry: toVersion(version, number), marker: number }] : []
    })
  const { entries, page_info } = await takePage(listed, query)
  return { body: { versions: entries, ...(page_info ? { page_info } : {}) } }
})

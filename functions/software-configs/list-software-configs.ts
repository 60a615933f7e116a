import { HeatError } from '../../shared/contract/heat-errors.ts'
import { ListSoftwareConfigs } from '../../shared/contract/software-configs.ts'
import { serve } from '../../shared/http/serve.ts'
import { toConfigSummary } from '../../shared/software/config.ts'
import { openConfigStore } from '../../shared/software/config-store.ts'
import { wholeList } from '../../shared/software/whole-list.ts'

export const handler = serve(
  ListSoftwareConfigs,
  { configs: openConfigStore },
  async ({ configs }, { path, query }) => {
    if (query.global_tenant?.toLowerCase() === 'true') {
      throw new HeatError('Forbidden', 'You are not authorized to use software_configs:global_index.')
    }
    const limit = query.limit ? Number(query.limit) : undefined
    // An unknown marker is no marker: the list begins anew, as Heat's does.
    const after = query.marker ? await configs.find(path.project_id, query.marker) : undefined
    const found = await configs.list(path.project_id, limit, after)
    return {
      body: { software_configs: await wholeList(found, toConfigSummary, 'Ask for pages, with limit and marker.') },
    }
  },
)

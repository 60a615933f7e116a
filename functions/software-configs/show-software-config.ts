import { openBlobs } from '../../shared/aws/blobs.ts'
import { HeatError } from '../../shared/contract/heat-errors.ts'
import { ShowSoftwareConfig } from '../../shared/contract/software-configs.ts'
import { serve } from '../../shared/http/serve.ts'
import { toConfigView } from '../../shared/software/config.ts'
import { openConfigStore } from '../../shared/software/config-store.ts'

const dependencies = { configs: openConfigStore, blobs: openBlobs }

export const handler = serve(ShowSoftwareConfig, dependencies, async ({ configs, blobs }, { path }) => {
  const config = await configs.find(path.project_id, path.config_id)
  if (!config) throw new HeatError('NotFound', `Software config with id ${path.config_id} not found`)
  return { body: { software_config: await toConfigView(blobs, config) } }
})

import { openBlobs } from '../../shared/aws/blobs.ts'
import { HeatError } from '../../shared/contract/heat-errors.ts'
import { DeleteSoftwareConfig } from '../../shared/contract/software-configs.ts'
import { serve } from '../../shared/http/serve.ts'
import { configBlobs } from '../../shared/software/config.ts'
import { openConfigStore } from '../../shared/software/config-store.ts'

const dependencies = { configs: openConfigStore, blobs: openBlobs }

export const handler = serve(DeleteSoftwareConfig, dependencies, async ({ configs, blobs }, { path }) => {
  const id = path.config_id
  const config = await configs.find(path.project_id, id)
  const outcome = config ? await configs.remove(config) : 'missing'
  if (outcome === 'in use') {
    throw new HeatError('ConfigInUse', `Software config with id ${id} can not be deleted as it is referenced.`)
  }
  if (!config || outcome === 'missing') throw new HeatError('NotFound', `Software config with id ${id} not found`)
  await blobs.delete(configBlobs(config))
  return {}
})

import { openBlobs } from '../../shared/aws/blobs.ts'
import { systemClock } from '../../shared/aws/clock.ts'
import { CreateSoftwareConfig } from '../../shared/contract/software-configs.ts'
import { serve } from '../../shared/http/serve.ts'
import { newConfig } from '../../shared/software/config.ts'
import { openConfigStore } from '../../shared/software/config-store.ts'

const dependencies = { configs: openConfigStore, blobs: openBlobs, clock: systemClock }

export const handler = serve(CreateSoftwareConfig, dependencies, async ({ configs, blobs, clock }, { path, body }) => {
  const { record, view } = await newConfig(blobs, path.project_id, body, clock.now())
  await configs.create(record)
  return { body: { software_config: view } }
})

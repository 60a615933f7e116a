import { CreateSoftwareConfig } from '../../shared/contract/software-configs.ts'
import { serve } from '../../shared/http/serve.ts'
import { newConfig } from '../../shared/software/config.ts'
import { keepConfig } from '../../shared/software/keep-config.ts'
import { keepDependencies } from '../../shared/software/open.ts'

export const handler = serve(CreateSoftwareConfig, keepDependencies, async (deps, { path, body }) => {
  const now = deps.clock.now()
  const config = newConfig(path.project_id, body, now)
  await keepConfig(deps, config, now)
  return { body: { software_config: config.view } }
})

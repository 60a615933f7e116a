import { HeatError } from '../../shared/contract/heat-errors.ts'
import { DeleteSoftwareConfig } from '../../shared/contract/software-configs.ts'
import { serve } from '../../shared/http/serve.ts'
import { deleteConfig } from '../../shared/software/keep-config.ts'
import { keepDependencies } from '../../shared/software/open.ts'

export const handler = serve(DeleteSoftwareConfig, keepDependencies, async (deps, { path }) => {
  const id = path.config_id
  const config = await deps.configs.find(path.project_id, id)
  const outcome = config ? await deleteConfig(deps, config, deps.clock.now()) : 'missing'
  if (outcome === 'missing') throw new HeatError('NotFound', `Software config with id ${id} not found`)
  if (outcome === 'in use') {
    throw new HeatError('ConfigInUse', `Software config with id ${id} can not be deleted as it is referenced.`)
  }
  return {}
})

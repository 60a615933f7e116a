import type { Blobs } from '../../shared/aws/blobs.ts'
import { HeatError } from '../../shared/contract/heat-errors.ts'
import { UpdateSoftwareDeployment } from '../../shared/contract/software-deployments.ts'
import { serve } from '../../shared/http/serve.ts'
import { repoint, unknownDeployment } from '../../shared/software/deploy.ts'
import { changesOf, deploymentBlobs, replacedBlobs, toDeploymentView } from '../../shared/software/deployment.ts'
import type { DeploymentChanges } from '../../shared/software/deployment-record.ts'
import type { Changed } from '../../shared/software/deployment-store.ts'
import { deployDependencies } from '../../shared/software/open.ts'
import { pythonText } from '../../shared/software/python-text.ts'

/** A refused change took no effect, so what was stored for it is nobody's. After any other failure it may be in use. */
async function committed(blobs: Blobs, changes: DeploymentChanges, change: Promise<Changed>): Promise<Changed> {
  try {
    return await change
  } catch (error) {
    if (error instanceof HeatError) await blobs.delete(deploymentBlobs(changes))
    throw error
  }
}

export const handler = serve(UpdateSoftwareDeployment, deployDependencies, async (deps, { path, body }) => {
  const { deployments, blobs, clock } = deps
  const at = { project: path.project_id, id: path.deployment_id }
  const changes = await changesOf(blobs, at, body)
  const change = async () => {
    if (body.config_id) return repoint(deps, at, { ...changes, configId: pythonText(body.config_id) }, clock.now())
    const changed = await deployments.change(at.project, at.id, changes, clock.now())
    if (!changed) throw unknownDeployment(at.id)
    return changed
  }
  const { before, after } = await committed(blobs, changes, change())
  await blobs.delete(replacedBlobs(before, changes))
  return { body: { software_deployment: await toDeploymentView(blobs, after) } }
})

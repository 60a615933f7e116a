/** How deployments change, and point to another config; `references.ts` says why in this order. */
import { v4 as uuid } from 'uuid'
import { type DeployDependencies, holdOf, retry, unknownConfig, unknownDeployment } from './deploy.ts'
import { replacedBlobs } from './deployment.ts'
import { type DeploymentChanges, type DeploymentRecord, projectsOf } from './deployment-record.ts'
import { type Changed, exists, referenceAsIn } from './deployment-store.ts'
import { deploymentKey } from './keys.ts'
import type { Objects } from './stored-values.ts'

async function move(
  { deployments, references, serverTags }: DeployDependencies,
  seen: DeploymentRecord,
  { configId, ...changes }: DeploymentChanges & { configId: string },
  now: Date,
): Promise<Changed | undefined> {
  const reference = uuid()
  const left = { project: seen.project, configId: seen.configId, id: reference }
  const entered = { ...left, configId }
  if (!(await references.enter(entered, holdOf(seen, 'enter', now, seen.configId)))) throw unknownConfig(configId)
  const mayLeave = await references.leave(left, seen.reference, holdOf(seen, 'leave', now))
  const fields = { ...changes, configId, reference }
  const changed = mayLeave ? await deployments.changeIf(seen, fields, referenceAsIn(seen), now) : undefined
  if (changed === undefined) {
    await references.keep(left)
    await references.drop(entered)
    return undefined
  }
  await serverTags.renew(projectsOf(seen), seen.serverId)
  await references.drop(left)
  await references.keep(entered)
  return changed
}

type Changes = DeploymentChanges & { readonly configId?: string }

async function changeSeen(
  dependencies: DeployDependencies,
  seen: DeploymentRecord,
  { configId, ...others }: Changes,
  now: Date,
): Promise<Changed | undefined> {
  const { deployments, largeValues } = dependencies
  await largeValues.letGo(deploymentKey(seen.project, seen.id), replacedBlobs(seen, others), now)
  if (configId === undefined) return deployments.changeIf(seen, others, exists, now)
  if (configId === seen.configId) return deployments.changeIf(seen, others, referenceAsIn(seen), now)
  return move(dependencies, seen, { ...others, configId }, now)
}

/**
 * Changes some fields of a deployment, all of them or none, and leaves the others to whoever changes those. It is one write,
 * unless the deployment is to point to another config, belongs to another project, or has or gets large values.
 * @throws HeatError `NotFound` without the deployment, `Invalid` without the config, `Contended` after many lost races
 */
export async function changeDeployment(
  dependencies: DeployDependencies,
  at: { project: string; id: string },
  { changes, objects }: { changes: Changes; objects: Objects },
  now: Date,
): Promise<Changed> {
  const { deployments, largeValues } = dependencies
  const change = () => retry(dependencies, at, (seen) => changeSeen(dependencies, seen, changes, now))
  if (objects.size > 0) {
    const seen = await deployments.find(at.project, at.id)
    if (!seen) throw unknownDeployment(at.id)
    return largeValues.put(deploymentKey(seen.project, seen.id), objects, now, change)
  }
  const simply = changes.configId === undefined ? await deployments.change(at.project, at.id, changes, now) : undefined
  return simply ?? change()
}

/** How deployments come and go, with their references to configs; `references.ts` says why in this order. */
import { v4 as uuid } from 'uuid'
import type { Quota } from '../aws/quota.ts'
import { HeatError } from '../contract/heat-errors.ts'
import type { Hold } from './config-record.ts'
import { deploymentBlobs } from './deployment.ts'
import { type DeploymentRecord, projectsOf } from './deployment-record.ts'
import type { DeploymentStore } from './deployment-store.ts'
import { deploymentKey } from './keys.ts'
import type { LargeValues } from './large-values.ts'
import { reserveOne } from './quota.ts'
import { holdSeconds, type References } from './references.ts'
import type { ServerTags } from './server-tag.ts'
import type { Objects } from './stored-values.ts'

export interface DeployDependencies {
  readonly deployments: DeploymentStore
  readonly references: References
  readonly serverTags: ServerTags
  readonly largeValues: LargeValues
  /** Of deployments, by the owner's project. */
  readonly quota: Quota
}

/** How often a change is tried again while others change the same deployment, and how long it waits before each. */
const mostAttempts = 8
const pauseMs = (attempt: number) => (attempt === 0 ? 0 : Math.random() * 20 * 2 ** attempt)

/** Heat's words for a config that is not there, or is another project's. */
export function unknownConfig(id: string): HeatError {
  return new HeatError('Invalid', `Data supplied was not valid: Config with id ${id} not found`)
}

export function unknownDeployment(id: string): HeatError {
  return new HeatError('NotFound', `Deployment with id ${id} not found`)
}

function contended(id: string): HeatError {
  return new HeatError('Contended', `Deployment with id ${id} is being changed by others; try again.`)
}

export function holdOf(deployment: DeploymentRecord, kind: Hold['kind'], now: Date, leaves?: string): Hold {
  const dueAt = new Date(now.getTime() + holdSeconds * 1000).toISOString()
  const { id: deploymentId, serverId } = deployment
  return { kind, deploymentId, serverId, projects: projectsOf(deployment), dueAt, ...(leaves ? { leaves } : {}) }
}

/** @throws HeatError `Invalid` when the config is not there, `LimitExceeded` when the project has too many deployments */
export async function deploy(
  dependencies: DeployDependencies,
  { record: deployment, objects }: { record: DeploymentRecord; objects: Objects },
  now: Date,
): Promise<void> {
  const { deployments, references, serverTags, largeValues, quota } = dependencies
  const { project, id, configId, reference } = deployment
  const change = { project, configId, id: reference }
  await reserveOne(quota, project, 'software deployments', now)
  if (!(await references.enter(change, holdOf(deployment, 'enter', now)))) {
    await quota.release(project, now)
    throw unknownConfig(configId)
  }
  // Only a sweeper that took this function for dead refuses it; it has dropped the reference, or is about to.
  const create = () => deployments.create(deployment)
  if (!(await largeValues.put(deploymentKey(project, id), objects, now, create))) throw contended(id)
  await serverTags.renew(projectsOf(deployment), deployment.serverId)
  await references.keep(change)
}

/**
 * Tries until an attempt is neither refused nor overtaken; undefined means that it was.
 * @throws HeatError `NotFound` without the deployment, `Contended` after many lost races
 */
export async function retry<Result>(
  { deployments }: DeployDependencies,
  { project, id }: { project: string; id: string },
  attempt: (seen: DeploymentRecord) => Promise<Result | undefined>,
): Promise<Result> {
  for (let count = 0; count < mostAttempts; count += 1) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs(count)))
    const seen = await deployments.find(project, id)
    if (seen === undefined) throw unknownDeployment(id)
    const result = await attempt(seen)
    if (result !== undefined) return result
  }
  throw contended(id)
}

/**
 * Removes a deployment and its reference.
 * @throws HeatError `NotFound` without the deployment, `Contended` after many lost races
 */
export function undeploy(
  dependencies: DeployDependencies,
  at: { project: string; id: string },
  now: Date,
): Promise<true> {
  const { deployments, references, serverTags, largeValues, quota } = dependencies
  return retry(dependencies, at, async (seen) => {
    await largeValues.letGo(deploymentKey(seen.project, seen.id), deploymentBlobs(seen), now)
    const left = { project: seen.project, configId: seen.configId, id: uuid() }
    if (!(await references.leave(left, seen.reference, holdOf(seen, 'leave', now)))) return undefined
    const mark = await quota.mark(seen.project)
    if (!(await deployments.remove(seen, left.id, now))) {
      await references.keep(left)
      return undefined
    }
    await serverTags.renew(projectsOf(seen), seen.serverId)
    await references.drop(left)
    await quota.release(seen.project, now, mark)
    return true
  })
}

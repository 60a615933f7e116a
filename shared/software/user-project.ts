/**
 * A deployment may show in a second project, whose servers then run its config and whose callers may change it. To run
 * something on the servers of others is not a caller's to decide: the other project is one of the caller's own as well, or
 * the operator has said that the one may use the other.
 */
import type { Caller } from '../auth/caller.ts'
import { readEnvironment } from '../aws/environment.ts'
import { HeatError } from '../contract/heat-errors.ts'

/** What the operator allows: the project of the deployments, and the one in which they may show; `*` is any. */
export type SharedProjects = readonly (readonly [project: string, userProject: string])[]

/** `a=b,c=*` */
export function openSharedProjects(): SharedProjects {
  const { STACK_USER_PROJECTS: text } = readEnvironment('STACK_USER_PROJECTS')
  const pairs = text.split(',').filter((pair) => pair !== '')
  return pairs.map((pair) => pair.split('=', 2) as [string, string])
}

const fits = (pattern: string, project: string) => pattern === '*' || pattern === project

/**
 * The second project of a new deployment; null without one.
 * @throws HeatError `OtherProject`, the same whether there is such a project
 */
export function userProjectOf(
  given: string | null | undefined,
  { project, caller, shared }: { project: string; caller: Caller; shared: SharedProjects },
): string | null {
  if (!given) return null
  if (caller.projects.includes(given)) return given
  if (shared.some(([from, to]) => fits(from, project) && fits(to, given))) return given
  throw new HeatError('OtherProject', 'The project in stack_user_project_id is not one of yours.')
}

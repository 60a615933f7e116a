/**
 * What a caller may do: lists of allowed and denied actions. An action is allowed when some policy allows it and none
 * denies it; an explicit deny wins `[umn:custom_policies]`.
 */
import * as z from 'zod/mini'
import { RfsError } from '../contract/errors.ts'
import type { Caller } from './caller.ts'

/** Actions such as `rf:stack:deployStack`; `*` stands for any text, also across colons. */
const pattern = z
  .string()
  .check(z.regex(/^[A-Za-z*][A-Za-z0-9:*]{0,127}$/, 'an action is like rf:stack:deployStack, with * for any text'))
const patterns = z.array(pattern).check(z.maxLength(200))

export const Policy = z.strictObject({ allow: z.optional(patterns), deny: z.optional(patterns) })
export type Policy = z.infer<typeof Policy>

const readStacks = [
  'rf:stack:list*',
  'rf:stack:get*',
  // Not in the published policies; it tells no more than the plan that it is about.
  'rf:stack:estimateExecutionPlanPrice',
  'rf:template:parseTemplateVariables',
]
const readSoftware = [
  'rf:softwareConfig:list',
  'rf:softwareConfig:show',
  'rf:softwareDeployment:list',
  'rf:softwareDeployment:show',
  'rf:softwareDeployment:metadata',
]
const readTemplates = [
  'rf:privateTemplate:list',
  'rf:privateTemplate:listVersions',
  'rf:privateTemplate:showVersionContent',
]

/** The three system policies `[umn:permission]`: RF FullAccess, RF DeployByExecutionPlanOperations, RF ReadOnlyAccess. */
export const systemPolicies = {
  full: { allow: ['rf:*'] },
  /** Changes stacks by reviewed plans only. May read a version's content, but no metadata of templates. */
  plan: { allow: [...readStacks, ...readTemplates, 'rf:stack:createExecutionPlan', 'rf:stack:applyExecutionPlan'] },
  read: {
    allow: [
      ...readStacks,
      ...readSoftware,
      ...readTemplates,
      'rf:privateTemplate:showMetadata',
      'rf:privateTemplate:showVersionMetadata',
    ],
  },
  /** What a server on a stack may do: fetch what it is to run `[RTS SEMANTICS, roles]`. */
  server: { allow: ['rf:softwareDeployment:metadata'] },
} as const satisfies Record<string, Policy>

export type SystemPolicyName = keyof typeof systemPolicies
export const systemPolicyNames = Object.keys(systemPolicies) as readonly SystemPolicyName[]

export function isSystemPolicy(name: string): name is SystemPolicyName {
  return Object.hasOwn(systemPolicies, name)
}

/** Without regular expressions: a policy is text from outside, and many stars must not take for ever. */
function matches(glob: string, action: string): boolean {
  const [first = '', ...rest] = glob.split('*')
  const last = rest.pop()
  if (last === undefined) return glob === action
  if (!action.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = action.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return action.length - at >= last.length && action.endsWith(last)
}

export function isAllowed(policies: readonly Policy[], action: string): boolean {
  const named = (globs: readonly string[] = []) => globs.some((glob) => matches(glob, action))
  return policies.some(({ allow }) => named(allow)) && !policies.some(({ deny }) => named(deny))
}

/** @throws RfsError `NotPermitted`, naming the action */
export function requirePermission(caller: Caller, action: string): void {
  if (isAllowed(caller.policies, action)) return
  throw new RfsError('NotPermitted', `The action ${action} is not allowed to you.`)
}

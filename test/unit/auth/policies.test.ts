/** Who may do what: the system policies operation by operation, and policies of one's own. */
import { describe, expect, test } from 'vitest'
import { nobody } from '../../../shared/auth/caller.ts'
import {
  isAllowed,
  Policy,
  requirePermission,
  type SystemPolicyName,
  systemPolicies,
  systemPolicyNames,
} from '../../../shared/auth/policies.ts'
import { operations } from '../../../shared/contract/index.ts'
import { asksWhoCalls } from '../../../shared/contract/operation.ts'
import { notThere, reference } from '../contract/reference.ts'

/** Spelled out here a second time, on purpose: whoever changes what a role may do must say so twice. */
const everybody = 'full plan read'
const mayCall: Readonly<Record<string, string>> = {
  ListStacks: everybody,
  GetStackMetadata: everybody,
  GetStackTemplate: everybody,
  ListStackEvents: everybody,
  ListStackResources: everybody,
  ListStackOutputs: everybody,
  CreateStack: 'full',
  DeployStack: 'full',
  ContinueDeployStack: 'full',
  ContinueRollbackStack: 'full',
  CancelStackDeployment: 'full',
  UpdateStack: 'full',
  DeleteStack: 'full',
  DeleteStackEnhanced: 'full',
  ListExecutionPlans: everybody,
  GetExecutionPlan: everybody,
  GetExecutionPlanMetadata: everybody,
  EstimateExecutionPlanPrice: everybody,
  CreateExecutionPlan: 'full plan',
  ApplyExecutionPlan: 'full plan',
  DeleteExecutionPlan: 'full',
  ParseTemplateVariables: everybody,
  ListTemplates: everybody,
  ListTemplateVersions: everybody,
  ShowTemplateVersionContent: everybody,
  ShowTemplateMetadata: 'full read',
  ShowTemplateVersionMetadata: 'full read',
  CreateTemplate: 'full',
  UpdateTemplateMetadata: 'full',
  DeleteTemplate: 'full',
  CreateTemplateVersion: 'full',
  DeleteTemplateVersion: 'full',
  createSoftwareConfig: 'full',
  listSoftwareConfigs: 'full read',
  showSoftwareConfig: 'full read',
  deleteSoftwareConfig: 'full',
  createSoftwareDeployment: 'full',
  listSoftwareDeployments: 'full read',
  showSoftwareDeployment: 'full read',
  updateSoftwareDeployment: 'full',
  deleteSoftwareDeployment: 'full',
  getServerMetadata: 'full read server',
  createSignalAddress: 'full',
  revokeSignalAddress: 'full',
  deploySoftware: 'full',
}

const rolesFor = (action: string) =>
  systemPolicyNames.filter((name) => isAllowed([systemPolicies[name]], action)).join(' ')

describe('a system policy', () => {
  const guarded = operations.flatMap(({ operationId, permission }) =>
    permission ? [[operationId, permission] as const] : [],
  )

  test.each(guarded)('says who may call %s (%s)', (operationId, permission) => {
    expect(rolesFor(permission)).toBe(mayCall[operationId])
  })

  test('is there for every operation but those that say what the service is, and signals', () => {
    const open = operations.filter((operation) => !asksWhoCalls(operation))
    expect(open.map(({ operationId }) => operationId).sort()).toEqual([
      'GetOpenapi',
      'ListVersions',
      'putSoftwareDeploymentSignal',
      'signalSoftwareDeployment',
    ])
  })

  test('is not needed, but who calls is asked, where nothing of a project is told', () => {
    const identified = operations.filter((operation) => asksWhoCalls(operation) && !operation.permission)
    expect(identified.map(({ operationId }) => operationId).sort()).toEqual([
      'AnswerOtherVerbs',
      'AnswerUnknownPath',
      'ShowBuildInfo',
    ])
  })

  if (!reference) test.skip(notThere('operations.json'), () => undefined)
  /** `server` is not published: it is Heat's role of servers. */
  const names: Partial<Record<SystemPolicyName, string>> = {
    full: 'RF FullAccess',
    plan: 'RF DeployByExecutionPlanOperations',
    read: 'RF ReadOnlyAccess',
  }
  const published = (reference?.operations ?? []).flatMap(({ id, iam }) => (iam ? [[id, iam] as const] : []))

  test.runIf(reference).each(published)('is the published one for %s', (id, iam) => {
    const { action, systemPolicies: table = {} } = iam as { action: string; systemPolicies?: Record<string, boolean> }
    const expected = systemPolicyNames.filter((name) => table[names[name] ?? ''])
    expect(rolesFor(action)).toBe(expected.join(' '))
    expect(mayCall[id]).toBe(expected.join(' '))
  })
})

describe('a policy of its own', () => {
  test.each<[string, Policy[], string, boolean]>([
    ['allows what it names', [{ allow: ['rf:stack:getStackMetadata'] }], 'rf:stack:getStackMetadata', true],
    ['allows nothing else', [{ allow: ['rf:stack:getStackMetadata'] }], 'rf:stack:getStackTemplate', false],
    ['is no prefix', [{ allow: ['rf:stack:list'] }], 'rf:stack:listStacks', false],
    ['may end with a star', [{ allow: ['rf:stack:list*'] }], 'rf:stack:listStacks', true],
    ['may begin with a star', [{ allow: ['*Stack'] }], 'rf:stack:deployStack', true],
    ['may have stars inside', [{ allow: ['rf:*:*Stack'] }], 'rf:stack:deployStack', true],
    ['does not match one text twice', [{ allow: ['rf:stack*stack:x'] }], 'rf:stack:x', false],
    ['is a star for everything', [{ allow: ['*'] }], 'rf:stack:deleteStack', true],
    ['without a word allows nothing', [{}], 'rf:stack:listStacks', false],
    ['denies', [{ allow: ['rf:*'], deny: ['rf:stack:delete*'] }], 'rf:stack:deleteStack', false],
    [
      'denies what another one allows',
      [systemPolicies.full, { deny: ['rf:stack:deleteStack'] }],
      'rf:stack:deleteStack',
      false,
    ],
    [
      'denies no more than it says',
      [systemPolicies.full, { deny: ['rf:stack:deleteStack'] }],
      'rf:stack:deployStack',
      true,
    ],
    [
      'adds to a system policy',
      [systemPolicies.read, { allow: ['rf:stack:deployStack'] }],
      'rf:stack:deployStack',
      true,
    ],
  ])('%s', (_, policies, action, allowed) => {
    expect(isAllowed(policies, action)).toBe(allowed)
  })

  test('with many stars is matched at once', () => {
    const startedAt = performance.now()
    expect(isAllowed([{ allow: [`${'*a'.repeat(60)}b`] }], `rf:${'a'.repeat(5000)}`)).toBe(false)
    expect(performance.now() - startedAt).toBeLessThan(200)
  })

  test('is refused when it is no list of actions', () => {
    for (const wrong of [
      { allow: 'rf:*' },
      { allow: [''] },
      { allow: ['a b'] },
      { Allow: [] },
      [],
      'rf:*',
      { deny: [1] },
    ]) {
      expect(Policy.safeParse(wrong).success).toBe(false)
    }
  })

  test('that does not allow an action is 403, naming it', () => {
    expect(() => requirePermission(nobody, 'rf:stack:deployStack')).toThrow(
      expect.objectContaining({ errorName: 'NotPermitted', detail: expect.stringContaining('rf:stack:deployStack') }),
    )
  })
})

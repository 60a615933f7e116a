/** The declared operations on software configs and deployments against the published and measured API (RTS, Heat). */
import { describe, expect, test } from 'vitest'
import { isAllowed, systemPolicies } from '../../../shared/auth/policies.ts'
import { operations } from '../../../shared/contract/index.ts'
import { refusalsOf } from '../../../shared/contract/openapi.ts'
import { readReference } from '../../support/rts-cases.ts'
import { declaredFields } from './declared-fields.ts'

interface Parameter {
  readonly name: string
  readonly in: 'header' | 'path' | 'query' | 'body'
  readonly required: boolean
  readonly maxLength?: number
  readonly type: string
}

interface Published {
  readonly id: string
  readonly tier: string
  readonly method: string
  readonly path: string
  readonly parameters: readonly Parameter[]
  readonly success: { readonly status: number; readonly schema: string | null }
  readonly errors: readonly { readonly status: number; readonly types?: readonly string[] }[]
}

interface PublishedSchema {
  readonly properties?: Readonly<Record<string, object>>
}

const text = readReference('operations.json')
const reference = text === undefined ? undefined : JSON.parse(text)
if (!reference) test.skip('operations.json of RTS is not there: nothing is compared', () => undefined)

const published = ((reference?.operations ?? []) as Published[]).filter(({ tier }) => tier === 'core')
const declared = operations.filter(
  ({ dialect, addition, group }) => dialect === 'heat' && !addition && group !== 'service',
)

/** Statuses that are answered although the reference has others, or none. */
const otherStatuses: Readonly<Record<string, { more?: readonly number[]; why: string }>> = {
  deleteSoftwareConfig: { more: [409], why: 'a config in use is a conflict, where Heat answers 500' },
  updateSoftwareDeployment: { more: [409], why: 'many others pointing it to other configs at the same time' },
  deleteSoftwareDeployment: { more: [409], why: 'many others changing it at the same time' },
  listSoftwareDeployments: { more: [400], why: 'a list that no answer can hold is refused, not cut' },
  getServerMetadata: { more: [400], why: 'a list that no answer can hold is refused, not cut' },
}

/** Answered for every operation: by the chain that knows who asks, and on the path for other verbs. */
const elsewhere = [401, 405]

/** Parameters that mean nothing. */
const ignored: Readonly<Record<string, readonly string[]>> = { listSoftwareDeployments: ['limit'] }

describe.runIf(reference)('the contract', () => {
  test('has the ten operations, each once', () => {
    expect(declared.map(({ operationId }) => operationId).sort()).toEqual(published.map(({ id }) => id).sort())
    expect(published).toHaveLength(10)
  })

  describe.each(published.map((each) => [each.id, each] as const))('%s', (id, there) => {
    const here = declared.find(({ operationId }) => operationId === id)!

    test('has the published method, path and success status', () => {
      expect([here.method, here.path, here.success.status]).toEqual([there.method, there.path, there.success.status])
    })

    test.each(['path', 'query', 'body'] as const)('takes the published parameters in the %s', (place) => {
      const fields = new Map(declaredFields(here.request[place]).map((field) => [field.name, field]))
      const given = there.parameters.filter((each) => each.in === place && !ignored[id]?.includes(each.name))
      expect([...fields.keys()].sort()).toEqual(given.map(({ name }) => name).sort())
      for (const { name, required } of given) expect(fields.get(name)?.required, name).toBe(required)
    })

    test('is for those with a permission, whose refusal names a rule; a server may read its metadata', () => {
      expect(here.permission).toMatch(/^rf:software(Config|Deployment):\w+$/)
      expect(here.policyRule).toMatch(/^software_(configs|deployments):\w+$/)
      expect(isAllowed([systemPolicies.server], here.permission ?? '')).toBe(id === 'getServerMetadata')
    })

    test('refuses with the published statuses', () => {
      const answered = new Set(refusalsOf(here).map(({ status }) => status))
      const more = otherStatuses[id]?.more ?? []
      const wanted = new Set([...there.errors.map(({ status }) => status), ...more, 500])
      expect([...answered].sort()).toEqual([...wanted].filter((status) => !elsewhere.includes(status)).sort())
    })
  })

  test.each([
    ['SoftwareConfig', 'showSoftwareConfig', 'software_config'],
    ['SoftwareConfigSummary', 'listSoftwareConfigs', 'software_configs'],
    ['SoftwareDeployment', 'showSoftwareDeployment', 'software_deployment'],
  ])('answers with the published fields of a %s', (schema, id, field) => {
    const here = declared.find(({ operationId }) => operationId === id)!
    const fields = declaredFields(here.success.body).find(({ name }) => name === field)?.fields ?? []
    const there = (reference.schemas as Record<string, PublishedSchema>)[schema]?.properties ?? {}
    // Only an administrator's list has the project, and there are none here.
    const wanted = Object.keys(there).filter((name) => name !== 'project')
    expect(fields.map(({ name }) => name).sort()).toEqual(wanted.sort())
  })
})

test('what is not in the published API says so', () => {
  const additions = operations.filter(({ addition }) => addition).map(({ operationId }) => operationId)
  expect(additions.sort()).toEqual([
    'CancelStackDeployment',
    'createSignalAddress',
    'deploySoftware',
    'putSoftwareDeploymentSignal',
    'revokeSignalAddress',
    'signalSoftwareDeployment',
  ])
})

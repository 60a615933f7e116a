/** Every field of every operation: what it takes, and how a request that breaks its rule is refused. */
import { describe, expect, test } from 'vitest'
import { operations } from '../../../shared/contract/index.ts'
import type { Operation } from '../../../shared/contract/operation.ts'
import { captureLog } from '../../support/captured-log.ts'
import type { GivenRequest } from '../../support/proxy-event.ts'
import { declaredFields } from '../contract/declared-fields.ts'
import { ask, received, requestWith } from './ask.ts'
import * as cases from './field-cases.ts'

type Place = 'path' | 'query' | 'body'
type Fields = Readonly<Record<string, cases.FieldCases>>

const onStack: Fields = { project_id: cases.aProjectId, stack_name: cases.aName }
const paging: Fields = { limit: cases.aLimit, marker: cases.aMarker }
const guard: Fields = { stack_id: cases.aQueryId }
const onTemplate: Fields = { project_id: cases.aProjectId, template_name: cases.aName }
const onVersion: Fields = { ...onTemplate, version_id: cases.aVersionId }
const templateGuard: Fields = { template_id: cases.aQueryId }
const template: Fields = {
  template_body: cases.aTemplateBody,
  template_uri: cases.aTemplateUri,
}
const templateAndVariables: Fields = {
  ...template,
  vars_structure: cases.someVariables,
  vars_body: cases.aVarsBody,
  vars_uri: cases.aVarsUri,
}
const settings: Fields = {
  description: cases.aDescription,
  enable_deletion_protection: cases.aFlag,
  enable_auto_rollback: cases.aFlag,
  agencies: cases.someAgencies,
}
const bodyGuard: Fields = { stack_id: cases.aStackId }
/** Repeated parameters take any text; how they are read is tested with the query. */
const anything: cases.FieldCases = { accepted: ['10.0.0.0/8'], refused: [] }
const restrictions: Fields = { access_control_source_ips: anything, access_control_source_vpc_ids: anything }

const fields: Readonly<Record<string, { path: Fields; query?: Fields; body?: Fields }>> = {
  CreateStack: {
    path: { project_id: cases.aProjectId },
    body: { stack_name: cases.aName, ...settings, ...templateAndVariables },
  },
  DeployStack: { path: onStack, body: { ...templateAndVariables, ...bodyGuard } },
  ContinueDeployStack: { path: onStack, body: bodyGuard },
  ContinueRollbackStack: { path: onStack, body: bodyGuard },
  CancelStackDeployment: { path: onStack, body: { ...bodyGuard, roll_back: cases.aFlag } },
  UpdateStack: { path: onStack, body: { ...settings, ...bodyGuard } },
  DeleteStack: { path: onStack, query: guard },
  DeleteStackEnhanced: { path: onStack, body: { ...bodyGuard, retain_all_resources: cases.aFlag } },
  GetStackMetadata: { path: onStack, query: guard },
  ListStacks: { path: { project_id: cases.aProjectId }, query: paging },
  ListStackEvents: {
    path: onStack,
    query: {
      ...guard,
      ...paging,
      deployment_id: cases.aQueryId,
      filter: cases.aFilter,
      field: cases.aFieldList,
    },
  },
  ListStackResources: { path: onStack, query: { ...guard, ...paging } },
  ListStackOutputs: { path: onStack, query: { ...guard, ...paging } },
  GetStackTemplate: {
    path: onStack,
    query: { ...guard, ...restrictions },
  },
  CreateTemplate: {
    path: { project_id: cases.aProjectId },
    body: {
      template_name: cases.aName,
      template_description: cases.aDescription,
      version_description: cases.aDescription,
      ...template,
    },
  },
  ListTemplates: { path: { project_id: cases.aProjectId }, query: paging },
  ShowTemplateMetadata: { path: onTemplate, query: templateGuard },
  UpdateTemplateMetadata: {
    path: onTemplate,
    body: { template_id: cases.aTemplateId, template_description: cases.aDescription },
  },
  DeleteTemplate: { path: onTemplate, query: templateGuard },
  CreateTemplateVersion: {
    path: onTemplate,
    query: templateGuard,
    body: {
      version_description: cases.aDescription,
      template_body: cases.aTemplateBody,
      template_uri: cases.aVersionTemplateUri,
    },
  },
  ListTemplateVersions: { path: onTemplate, query: { ...templateGuard, ...paging } },
  ShowTemplateVersionContent: { path: onVersion, query: { ...templateGuard, ...restrictions } },
  ShowTemplateVersionMetadata: { path: onVersion, query: templateGuard },
  DeleteTemplateVersion: { path: onVersion, query: templateGuard },
}

const checked = operations.filter(({ group }) => group === 'stacks' || group === 'templates')

/** The request that carries a value in one field, and nothing that would be refused beside it. */
function carrying(operation: Operation, place: Place, field: string, value: unknown): GivenRequest {
  const part = { [field]: value } as GivenRequest['path']
  if (place !== 'body') return requestWith(operation, { [place]: part })
  const given = requestWith(operation, { body: part })
  if (field !== 'template_uri') return given
  return { ...given, body: { ...(given.body as object), template_body: '' } }
}

captureLog()

describe.each(checked.map((operation) => [operation.operationId, operation] as const))('%s', (id, operation) => {
  const places = Object.entries(fields[id] ?? {}) as [Place, Fields][]

  test('has cases for every field that it declares', () => {
    for (const place of ['path', 'query', 'body'] as const) {
      const declared = declaredFields(operation.request[place]).map(({ name }) => name)
      expect(Object.keys(fields[id]?.[place] ?? {}).sort()).toEqual(declared.sort())
    }
  })

  for (const [place, byField] of places) {
    describe.each(Object.entries(byField))(`a ${place} with %s`, (field, { accepted, refused }) => {
      test('is taken as it is within the limits', async () => {
        for (const value of accepted) {
          const got = await received(operation, carrying(operation, place, field, value))
          const asText = place === 'query' ? [got[place][field]].flat().map(String) : got[place][field]
          expect(asText).toEqual(place === 'query' ? [value] : value)
        }
      })

      test.each(refused.map((refusal) => [refusal.why.slice(0, 90), refusal] as const))(
        'is refused when %s',
        async (_why, { value, code, says }) => {
          const outcome = await ask(operation, carrying(operation, place, field, value))
          expect(outcome).toMatchObject({ accepted: false, status: 400, code })
          expect(outcome).toHaveProperty('message', expect.stringContaining(says.replace('{}', field)))
        },
      )
    })
  }

  test('is refused with a query parameter that it does not know, whatever it is called', async () => {
    for (const name of ['stack', 'STACK_ID', 'constructor', 'toString', '__proto__', 'hasOwnProperty', '']) {
      const query = Object.fromEntries([[name, 'x']])
      const outcome = await ask(operation, requestWith(operation, { query }))
      expect(outcome).toMatchObject({ accepted: false, status: 400, code: 'RF.10011002' })
      expect(outcome).toHaveProperty('message', expect.stringContaining(`${name} is not a parameter of this operation`))
    }
  })

  test('is refused without a path parameter', async () => {
    for (const name of Object.keys(fields[id]?.path ?? {})) {
      const whole = requestWith(operation, {})
      const path = Object.fromEntries(Object.entries(whole.path ?? {}).filter(([each]) => each !== name))
      const outcome = await ask(operation, { ...whole, path })
      expect(outcome).toMatchObject({ accepted: false, status: 400, code: 'RF.10011001' })
      expect(outcome).toHaveProperty('message', expect.stringContaining(`${name} is required.`))
    }
  })
})

describe.each(
  checked.filter(({ request }) => request.body).map((operation) => [operation.operationId, operation] as const),
)('the body of %s', (_id, operation) => {
  test('may hold null in place of an absent field, as real clients send it', async () => {
    const required = new Set(Object.keys((requestWith(operation, {}).body as object | undefined) ?? {}))
    const optional = declaredFields(operation.request.body).filter(({ name }) => !required.has(name))
    const nulls = Object.fromEntries(optional.map(({ name }) => [name, null]))
    const got = await received(operation, requestWith(operation, { body: nulls }))
    expect(Object.keys(got.body).sort()).toEqual([...required].sort())
  })

  test('may not hold a field that the operation does not know, whatever it is called', async () => {
    for (const name of ['colour', 'Stack_id', 'constructor', '__proto__']) {
      const body = JSON.stringify(requestWith(operation, {}).body ?? {})
      const member = `${JSON.stringify(name)}:{"a":1}`
      const text = body === '{}' ? `{${member}}` : `${body.slice(0, -1)},${member}}`
      const outcome = await ask(operation, { ...requestWith(operation, {}), body: text })
      expect(outcome).toMatchObject({ accepted: false, status: 400, code: 'RF.10011002' })
      expect(outcome).toHaveProperty('message', expect.stringContaining(`${name} is not a parameter`))
    }
  })
})

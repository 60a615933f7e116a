/** The document that describes the service to its clients. */
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { operations } from '../../../shared/contract/index.ts'
import { openapiDocument, refusalsOf } from '../../../shared/contract/openapi.ts'

interface Described {
  readonly operationId: string
  readonly parameters: readonly { name: string; in: string; required: boolean }[]
  readonly requestBody?: { required: boolean; content: Record<string, { schema: { properties: object } }> }
  readonly responses: Record<string, { description: string; content?: object; headers?: object }>
}

const document = JSON.parse(JSON.stringify(openapiDocument(operations))) as {
  openapi: string
  paths: Record<string, Record<string, Described>>
}

/** What answers every other verb of a path is no operation to describe. */
const describable = operations.filter(({ method }) => method !== 'ANY')

/** Every Schema Object of a document, by the path to it. */
function schemasIn(value: unknown, path = ''): (readonly [string, object])[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => {
    const here = `${path}/${key}`
    const isSchema = key === 'schema' || path === '/components/schemas'
    return isSchema ? [[here, part as object] as const] : schemasIn(part, here)
  })
}

describe('the OpenAPI document', () => {
  test('is valid by the published schema of OpenAPI 3.1, references included', async () => {
    const validator = new Validator()
    const { valid, errors } = await validator.validate(structuredClone(document))
    expect(errors).toBeUndefined()
    expect({ valid, version: validator.version }).toEqual({ valid: true, version: '3.1' })
  })

  test('has schemas that are JSON Schema of the draft that OpenAPI 3.1 takes', () => {
    const schemas = schemasIn(document)
    expect(schemas.length).toBeGreaterThan(100)
    const ajv = new Ajv2020({ strict: false })
    const wrong = schemas.filter(([, schema]) => !ajv.validateSchema(schema))
    expect(wrong.map(([path]) => path)).toEqual([])
  })

  test.each([
    ['a place for parameters that there is not', (text: string) => text.replace('"in":"path"', '"in":"nowhere"')],
    [
      'a reference to nothing',
      (text: string) => text.replace('#/components/schemas/Error"', '#/components/schemas/None"'),
    ],
    ['an answer without a description', (text: string) => text.replace(/"202":\{"description":"[^"]*",/, '"202":{')],
  ])('would not be valid with %s', async (_what, change) => {
    const text = JSON.stringify(document)
    expect(change(text)).not.toBe(text)
    expect((await new Validator().validate(JSON.parse(change(text)))).valid).toBe(false)
  })

  test('is a 3.1 document with every declared operation under its address, and no other', () => {
    const described = Object.values(document.paths).flatMap((methods) => Object.values(methods))
    expect(document.openapi).toBe('3.1.0')
    expect(described.map(({ operationId }) => operationId).sort()).toEqual(
      describable.map(({ operationId }) => operationId).sort(),
    )
  })

  test.each(describable.map((operation) => [operation.operationId, operation] as const))(
    '%s tells its parameters, its body, its success and every code it may refuse with',
    (_id, operation) => {
      const described = document.paths[operation.path]?.[operation.method.toLowerCase()] as Described
      const inPath = described.parameters.filter((parameter) => parameter.in === 'path')
      expect(inPath.map(({ name }) => `{${name}}`)).toEqual(operation.path.match(/\{\w+\}/g) ?? [])
      expect(inPath.every(({ required }) => required)).toBe(true)
      const header = described.parameters.find((parameter) => parameter.in === 'header')
      expect(header).toMatchObject({
        name: 'Client-Request-Id',
        required: operation.request.clientRequestId === 'required',
      })
      expect(described.requestBody?.required).toBe(
        operation.request.bodyRule && operation.request.bodyRule === 'required',
      )
      expect(described.responses[operation.success.status]?.description).toBe(operation.success.meaning)
      for (const { status, code } of refusalsOf(operation)) {
        expect(described.responses[status]?.description).toContain(code)
      }
    },
  )

  test('an answer without a body is described without one', () => {
    const remove = document.paths['/v1/{project_id}/stacks/{stack_name}']?.delete
    expect(remove?.responses[202]).not.toHaveProperty('content')
  })
})

/** The document that describes the service to its clients. */
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

describe('the OpenAPI document', () => {
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

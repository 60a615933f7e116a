/** The operations -> an OpenAPI 3.1 document. Nothing is said here that the declarations do not say. */
import * as z from 'zod/mini'
import { type ErrorName, errorEntry, errorNames } from './errors.ts'
import { clientRequestId } from './fields.ts'
import { type HeatErrorName, heatErrorEntry } from './heat-errors.ts'
import { asksWhoCalls, type Operation } from './operation.ts'

type Json = Record<string, unknown>

/** The JSON Schema of a declaration's schema, without what OpenAPI states elsewhere. */
export function jsonSchema(schema: z.ZodMiniType, io: 'input' | 'output' = 'input'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json
  return rest
}

function parameters(schema: z.ZodMiniType | undefined, location: 'path' | 'query'): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = jsonSchema(schema) as { properties?: Json; required?: string[] }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: location,
    required: required.includes(name),
    schema: property,
  }))
}

function clientRequestIdHeader(operation: Operation): Json {
  return {
    name: 'Client-Request-Id',
    in: 'header',
    required: operation.request.clientRequestId === 'required',
    description: 'Chosen by the caller; traces the request, and marks a repetition of it as such.',
    schema: jsonSchema(clientRequestId),
  }
}

const jsonContent = (schema: Json): Json => ({ 'application/json': { schema } })

function hasBody(operation: Operation): boolean {
  return operation.success.body !== undefined && operation.success.body._zod.def.type !== 'undefined'
}

function successResponse(operation: Operation): Json {
  const { body, headers = [], meaning } = operation.success
  return {
    description: meaning,
    headers: Object.fromEntries(
      [{ name: 'X-Request-Id', description: "The service's id of the request." }, ...headers].map((header) => [
        header.name,
        { description: header.description, schema: { type: 'string' } },
      ]),
    ),
    ...(body && hasBody(operation) ? { content: jsonContent(jsonSchema(body, 'output')) } : {}),
  }
}

/** Status and meaning of each refusal that an operation declares, in the words of its dialect. */
export function refusalsOf({ dialect, errors }: Operation): readonly { status: number; code: string; text: string }[] {
  const refusals = [...new Set(errors)].map((name) => {
    if (dialect !== 'heat') {
      const { status, code, message } = errorEntry(name as ErrorName)
      return { status, code, text: message }
    }
    const { status, type, explanation } = heatErrorEntry(name as HeatErrorName)
    return { status, code: type, text: explanation }
  })
  return refusals.sort((a, b) => a.code.localeCompare(b.code))
}

/** One response per status, naming each code it may carry. */
function errorResponses(operation: Operation): Json {
  const refusals = refusalsOf(operation)
  const schema = { $ref: `#/components/schemas/${operation.dialect === 'heat' ? 'HeatError' : 'Error'}` }
  return Object.fromEntries(
    [...new Set(refusals.map(({ status }) => status))].map((status) => {
      const lines = refusals.filter((each) => each.status === status).map(({ code, text }) => `- ${code}: ${text}`)
      return [status, { description: lines.join('\n'), content: jsonContent(schema) }]
    }),
  )
}

function requestBody({ request }: Operation): Json {
  if (!request.body || !request.bodyRule) return {}
  return { requestBody: { required: request.bodyRule === 'required', content: jsonContent(jsonSchema(request.body)) } }
}

function describe(operation: Operation): Json {
  const { request } = operation
  return {
    operationId: operation.operationId,
    summary: operation.summary,
    tags: [operation.group],
    parameters: [
      ...parameters(request.path, 'path'),
      clientRequestIdHeader(operation),
      ...parameters(request.query, 'query'),
      ...(request.headers ?? []).map((name) => ({ name, in: 'header', required: false, schema: { type: 'string' } })),
    ],
    ...requestBody(operation),
    responses: { [operation.success.status]: successResponse(operation), ...errorResponses(operation) },
    security: asksWhoCalls(operation) ? security : [],
    ...(operation.permission ? { 'x-permission': operation.permission } : {}),
    ...(operation.addition ? { 'x-addition': 'not in the published API' } : {}),
  }
}

/** Either of them. */
const security = [{ signature: [] }, { token: [] }]
const securitySchemes = {
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: 'SDK-HMAC-SHA256 over the request and X-Sdk-Date, made with an access key as the official SDKs do.',
  },
  token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token', description: 'A token of the configured issuer.' },
}

const errorSchema = {
  type: 'object',
  required: ['error_code', 'error_msg'],
  properties: {
    error_code: { type: 'string', enum: errorNames.map((name) => errorEntry(name).code) },
    error_msg: { type: 'string' },
  },
}

const heatErrorSchema = {
  type: 'object',
  required: ['code', 'title', 'explanation', 'error'],
  properties: {
    code: { type: 'integer' },
    title: { type: 'string' },
    explanation: { type: 'string' },
    error: {
      type: 'object',
      required: ['type', 'traceback'],
      properties: { type: { type: 'string' }, traceback: { type: 'null' }, message: { type: 'string' } },
    },
  },
}

/** The document that `GET /openapi.json` serves. */
export function openapiDocument(operations: readonly Operation[]): Json & { openapi: string } {
  const paths: Record<string, Json> = {}
  for (const operation of operations.filter(({ method }) => method !== 'ANY')) {
    paths[operation.path] = { ...paths[operation.path], [operation.method.toLowerCase()]: describe(operation) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Resource Formation Service',
      version: '1',
      description:
        'Deploys Terraform templates as stacks: keeps them, deploys them, rolls them back, and tells what happened.',
    },
    paths,
    components: { securitySchemes, schemas: { Error: errorSchema, HeatError: heatErrorSchema } },
  }
}

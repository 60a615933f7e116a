/** The operations -> an OpenAPI 3.1 document. Nothing is said here that the declarations do not say. */
import * as z from 'zod/mini'
import { errorEntry, errorNames } from './errors.ts'
import { clientRequestId } from './fields.ts'
import type { Operation } from './operation.ts'

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

/** One response per status, naming each code it may carry. */
function errorResponses(operation: Operation): Json {
  const entries = [...new Set(operation.errors)].map(errorEntry).sort((a, b) => a.code.localeCompare(b.code))
  const statuses = new Set(entries.map((entry) => entry.status))
  return Object.fromEntries(
    [...statuses].map((status) => {
      const lines = entries
        .filter((entry) => entry.status === status)
        .map((entry) => `- ${entry.code}: ${entry.message}`)
      return [status, { description: lines.join('\n'), content: jsonContent({ $ref: '#/components/schemas/Error' }) }]
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
    ],
    ...requestBody(operation),
    responses: { [operation.success.status]: successResponse(operation), ...errorResponses(operation) },
    ...(operation.permission ? { security, 'x-permission': operation.permission } : { security: [] }),
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

/** The document that `GET /openapi.json` serves. */
export function openapiDocument(operations: readonly Operation[]): Json & { openapi: string } {
  const paths: Record<string, Json> = {}
  for (const operation of operations) {
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
    components: { securitySchemes, schemas: { Error: errorSchema } },
  }
}

/** API Gateway's proxy event -> the parts of a request, before any rule is checked. */
import { createHash } from 'node:crypto'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import * as z from 'zod/mini'
import { RfsError } from '../contract/errors.ts'
import { clientRequestId } from '../contract/fields.ts'
import type { Operation } from '../contract/operation.ts'
import type { ParsedRequest } from './dialect.ts'
import { header, rawBody } from './event.ts'
import { refuse, type Violation, violationsOf } from './validation.ts'

type Shape = Readonly<Record<string, z.ZodMiniType>>

/** Real clients send optional fields as an explicit `null`: same as absent. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== null)
      .map(([key, entry]) => [key, withoutNulls(entry)]),
  )
}

const jsonContent = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i

function parseBody(operation: Operation, event: APIGatewayProxyEvent): unknown {
  const { bodyRule } = operation.request
  if (bodyRule === undefined) return undefined
  const text = rawBody(event)
  if (text.trim() === '') {
    if (bodyRule === 'optional') return {}
    throw new RfsError('BodyMissing', 'Send a JSON object.')
  }
  const contentType = header(event, 'content-type')
  if (contentType !== undefined && !jsonContent.test(contentType)) {
    throw new RfsError('BodyNotJson', `The Content-Type is ${contentType.slice(0, 100)}; send application/json.`)
  }
  try {
    return withoutNulls(JSON.parse(text)) ?? {}
  } catch (cause) {
    throw new RfsError('BodyNotJson', 'Send a well-formed JSON object in UTF-8.', { cause })
  }
}

function innermost(schema: z.ZodMiniType | undefined): string | undefined {
  if (schema === undefined) return undefined
  const definition = schema._zod.def as { type: string; innerType?: z.ZodMiniType }
  return definition.innerType ? innermost(definition.innerType) : definition.type
}

/** Query texts in the types that the declaration gives them; what does not convert is left for the schema to refuse. */
function queryValues(
  shape: Shape,
  event: APIGatewayProxyEvent,
): { values: Record<string, unknown>; twice: Violation[] } {
  // A client names the keys: only the shape's own ones have a type, and none of them may reach an object's prototype.
  const values: [string, unknown][] = []
  const twice: Violation[] = []
  for (const [key, given] of Object.entries(event.multiValueQueryStringParameters ?? {})) {
    const texts = given ?? []
    const type = Object.hasOwn(shape, key) ? innermost(shape[key]) : undefined
    const last = texts.at(-1) ?? ''
    if (type === 'array') values.push([key, texts])
    else values.push([key, type === 'number' && /^-?\d{1,15}$/.test(last) ? Number(last) : last])
    if (type !== 'array' && texts.length > 1) {
      twice.push({ name: 'DuplicateField', detail: `${key} is given ${texts.length} times; give it once.` })
    }
  }
  return { values: Object.fromEntries(values), twice }
}

function check(schema: z.ZodMiniType | undefined, value: unknown): { data: unknown; violations: Violation[] } {
  if (schema === undefined) return { data: undefined, violations: [] }
  const result = z.safeParse(schema, value)
  if (result.success) return { data: result.data, violations: [] }
  return { data: undefined, violations: violationsOf(result.error.issues, value) }
}

function checkClientRequestId(operation: Operation, event: APIGatewayProxyEvent): Violation[] {
  const given = header(event, 'client-request-id')
  if (operation.request.clientRequestId === 'optional') return []
  const schema = z.object({ 'Client-Request-Id': clientRequestId })
  return check(schema, { 'Client-Request-Id': given }).violations
}

/**
 * Checks path, header, query and body in that order and returns them typed by the declaration.
 * @throws RfsError with the violated rule's code, or `SeveralInvalid`.
 */
export function parseRequest(operation: Operation, event: APIGatewayProxyEvent): ParsedRequest {
  const given = parseBody(operation, event)
  const { request } = operation
  const path = check(request.path, event.pathParameters ?? {})
  const { values, twice } = queryValues((request.query?.shape ?? {}) as Shape, event)
  const query = check(request.query, values)
  const body = check(request.body, given)
  refuse([
    ...path.violations,
    ...checkClientRequestId(operation, event),
    ...twice,
    ...query.violations,
    ...body.violations,
  ])
  return { path: path.data, query: query.data, body: body.data }
}

/**
 * What makes two requests the same command: operation, address, body and `Client-Request-Id`.
 * A client that lost an answer repeats all four (DECISIONS, the same command again).
 */
export function fingerprint(operation: Operation, event: APIGatewayProxyEvent): string {
  const query = JSON.stringify(event.multiValueQueryStringParameters ?? {})
  const parts = [operation.id, event.path, query, header(event, 'client-request-id') ?? '', rawBody(event)]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}

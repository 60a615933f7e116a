/**
 * Heat: a body that is not a JSON object in an accepted content type counts as none; unknown fields and queries are dropped;
 * a repeated query counts by its last value; nulls are values `[SEMANTICS 1]`.
 */
import type { APIGatewayProxyEvent } from 'aws-lambda'
import type * as z from 'zod/mini'
import { safeParse } from 'zod/mini'
import { RfsError } from '../contract/errors.ts'
import { HeatError, heatErrorBody, heatErrorEntry, isHeatErrorName } from '../contract/heat-errors.ts'
import type { Operation } from '../contract/operation.ts'
import type { Dialect, Refusal } from './dialect.ts'
import { header, rawBody } from './event.ts'
import { retryAfter } from './rfs-dialect.ts'

const maximumBodyBytes = 1_048_576
const acceptedContent = /^(application\/json|text\/plain)\s*(;|$)/i

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new HeatError('BadRequest', 'The body is not well-formed JSON.', { cause })
  }
}

function readBody({ request: { bodyRule } }: Operation, event: APIGatewayProxyEvent): unknown {
  if (bodyRule === undefined) return undefined
  const text = rawBody(event)
  const bytes = Buffer.byteLength(text)
  if (bytes > maximumBodyBytes) {
    const limit = `exceeds maximum allowed size (${maximumBodyBytes} bytes).`
    throw new HeatError('LimitExceeded', `Request limit exceeded: JSON body size (${bytes} bytes) ${limit}`)
  }
  if (bodyRule === 'tolerant') {
    const content = text.trim() === '' ? {} : parseJson(text)
    return typeof content === 'object' && content !== null && !Array.isArray(content) ? content : {}
  }
  const contentType = header(event, 'content-type')
  const counts = text.startsWith('{') && (!contentType || acceptedContent.test(contentType))
  return counts ? parseJson(text) : undefined
}

/** The text that goes with an issue: which field, and what was wrong with it. */
function detailOf(issue: z.core.$ZodIssue, data: unknown): string {
  const [field] = issue.path
  const value = (data as Record<PropertyKey, unknown> | undefined)?.[field ?? '']
  if (value === undefined || value === null) return `Data supplied was not valid: ${String(field)} is required`
  return `Data supplied was not valid: ${String(field)} is not of the right type, or too long`
}

function check(schema: z.ZodMiniType | undefined, data: unknown): unknown {
  if (schema === undefined) return undefined
  const result = safeParse(schema, data)
  if (result.success) return result.data
  // One refusal names one thing.
  const [issue] = result.error.issues
  if (issue === undefined || !isHeatErrorName(issue.message)) throw new HeatError('BadRequest')
  throw issue.message === 'Invalid' ? new HeatError('Invalid', detailOf(issue, data)) : new HeatError(issue.message)
}

function queryOf(event: APIGatewayProxyEvent): Record<string, string> {
  const given = Object.entries(event.multiValueQueryStringParameters ?? {})
  return Object.fromEntries(given.map(([name, values]) => [name, values?.at(-1) ?? '']))
}

/** The token filter stands before Heat and answers in a shape of its own `[SEMANTICS 1]`. */
const unauthenticated: Refusal = {
  status: 401,
  body: JSON.stringify({
    error: { code: 401, message: 'The request you have made requires authentication.', title: 'Unauthorized' },
  }),
  intended: true,
  headers: { 'WWW-Authenticate': 'Keystone' },
}

/** What the guard refuses, in Heat's words; anything else is nobody's refusal here. */
function guardRefusal(error: RfsError, { policyRule }: Operation): Error {
  switch (error.errorName) {
    case 'OtherProject':
      return new HeatError('OtherProject')
    case 'NotPermitted':
      return new HeatError('Forbidden', policyRule && `You are not authorized to use ${policyRule}.`)
    case 'TooLong':
      return new HeatError('LimitExceeded', `Request limit exceeded: ${error.detail}`)
    case 'TooManyRequests':
      return new HeatError('TooManyRequests', error.detail)
    default:
      return error
  }
}

function refusalOf(error: unknown): Refusal {
  const intended = error instanceof HeatError
  const name = intended ? error.errorName : 'Fault'
  const body = JSON.stringify(heatErrorBody(name, intended ? error.detail : undefined))
  return { status: heatErrorEntry(name).status, body, intended }
}

export const heatDialect: Dialect = {
  read: (operation, event) => {
    // The gateway makes no difference, Heat knows no such path.
    if (event.path.length > 1 && event.path.endsWith('/')) throw new HeatError('NotFound')
    return readBody(operation, event)
  },
  check: (operation, event, content) => {
    const { request } = operation
    if (request.bodyRule !== undefined && content === undefined) throw new HeatError('BadRequest')
    return {
      path: check(request.path, event.pathParameters ?? {}),
      query: check(request.query, queryOf(event)),
      body: check(request.body, content),
    }
  },
  refusal: (error, operation) => {
    if (!(error instanceof RfsError)) return refusalOf(error)
    if (error.errorName === 'Unauthenticated') return unauthenticated
    return { ...refusalOf(guardRefusal(error, operation)), ...retryAfter(error) }
  },
  headers: (requestId) => ({ 'X-Openstack-Request-Id': `req-${requestId}` }),
}

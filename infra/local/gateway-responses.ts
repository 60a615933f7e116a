/**
 * The answers that API Gateway gives itself: the template's where it defines them, else API Gateway's own.
 * Statuses and messages: "Gateway response types for API Gateway" in its developer guide.
 */
import type { GatewayResponseDefinition } from './api-model.ts'
import type { HttpResponse } from './proxy-response.ts'

const types = {
  BAD_REQUEST_PARAMETERS: { statusCode: 400, message: 'Bad Request' },
  INTEGRATION_FAILURE: { statusCode: 502, message: 'Internal server error' },
  INTEGRATION_TIMEOUT: { statusCode: 504, message: 'Endpoint request timed out' },
  MISSING_AUTHENTICATION_TOKEN: { statusCode: 403, message: 'Missing Authentication Token' },
  REQUEST_TOO_LARGE: { statusCode: 413, message: 'Request Too Long' },
  THROTTLED: { statusCode: 429, message: 'Too Many Requests' },
} as const

export type GatewayResponseType = keyof typeof types

/** Values of `$context` that a template may show. */
export type GatewayContext = { requestId: string; httpMethod: string; path: string }

export type GatewayResponder = (type: GatewayResponseType, context: GatewayContext) => HttpResponse

/**
 * @returns a function that makes the answer of a type: from the template's definition of the type, else from its
 * definition of the whole class (`DEFAULT_4XX`, `DEFAULT_5XX`), else `{"message": "..."}`
 */
export function createGatewayResponder(definitions: GatewayResponseDefinition[]): GatewayResponder {
  const byType = new Map(definitions.map((definition) => [definition.responseType, definition]))
  return (type, context) => {
    const { statusCode, message } = types[type]
    const definition = byType.get(type) ?? byType.get(statusCode < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX')
    const variables = contextVariables(type, message, context)
    const template = definition?.templates['application/json'] ?? '{"message":$context.error.messageString}'
    return {
      statusCode: definition?.statusCode ?? statusCode,
      headers: [['Content-Type', 'application/json'], ...readHeaders(definition?.parameters ?? {}, variables)],
      body: Buffer.from(substitute(template, variables)),
    }
  }
}

function contextVariables(type: string, message: string, context: GatewayContext): Record<string, string> {
  return {
    'context.error.message': message,
    'context.error.messageString': JSON.stringify(message),
    'context.error.responseType': type,
    'context.extendedRequestId': context.requestId,
    'context.httpMethod': context.httpMethod,
    'context.path': context.path,
    'context.requestId': context.requestId,
  }
}

/** A variable that is not known stays empty, as in API Gateway. */
function substitute(template: string, variables: Record<string, string>): string {
  return template.replace(/\$(?:\{(context\.[\w.]*\w)\}|(context\.[\w.]*\w))/g, (_match, braced, plain) => {
    return variables[braced ?? plain] ?? ''
  })
}

function readHeaders(parameters: Record<string, string>, variables: Record<string, string>): [string, string][] {
  return Object.entries(parameters).flatMap(([key, source]): [string, string][] => {
    const name = /^gatewayresponse\.header\.(.+)$/.exec(key)?.[1]
    const value = /^'(.*)'$/.exec(source)?.[1] ?? variables[source]
    return name && value !== undefined ? [[name, value]] : []
  })
}

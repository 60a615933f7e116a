/** Requests as API Gateway hands them to a function (REST API, proxy integration, payload 1.0), and answers as it takes them. */
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda'
import type { Operation } from '../../shared/contract/operation.ts'

export const requestId = '5f1d6b1e-7c1c-4a53-9d2b-3f8f0a6e0c11'
export const clientRequestId = '0b7f3a52-2a1c-4f8e-9a6d-1c2b3d4e5f60'
export const projectId = '0123456789abcdef0123456789abcdef'

export interface GivenRequest {
  /** Decoded path parameters. */
  readonly path?: Readonly<Record<string, string>>
  /** One value or, for a repeated parameter, several. */
  readonly query?: Readonly<Record<string, string | readonly string[]>>
  /** An object is sent as JSON, a text as it is; absent: no body. */
  readonly body?: unknown
  /** Added to the usual ones; `undefined` takes one away. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly base64?: boolean
}

type Declared = Pick<Operation, 'path' | 'method'>

function bodyText({ body, base64 }: GivenRequest): string | null {
  if (body === undefined) return null
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return base64 ? Buffer.from(text, 'utf8').toString('base64') : text
}

function queryParts(query: GivenRequest['query'] = {}) {
  const several = Object.entries(query).map(([name, given]) => [name, [given].flat()] as const)
  if (several.length === 0) return { queryStringParameters: null, multiValueQueryStringParameters: null }
  return {
    queryStringParameters: Object.fromEntries(several.map(([name, texts]) => [name, texts.at(-1)])),
    multiValueQueryStringParameters: Object.fromEntries(several),
  }
}

function headerParts(given: GivenRequest) {
  const usual = {
    'Client-Request-Id': clientRequestId,
    ...(given.body === undefined ? {} : { 'Content-Type': 'application/json' }),
  }
  const headers = Object.entries({ ...usual, ...given.headers }).filter(([, value]) => value !== undefined)
  return {
    headers: Object.fromEntries(headers),
    multiValueHeaders: Object.fromEntries(headers.map(([name, value]) => [name, [value]])),
  }
}

/** The event of a request to an operation; without further words a request from an ordinary client. */
export function proxyEvent(operation: Declared, given: GivenRequest = {}): APIGatewayProxyEvent {
  const path = given.path ?? {}
  const address = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''))
  const event: Omit<APIGatewayProxyEvent, 'requestContext'> = {
    resource: operation.path,
    path: address,
    httpMethod: operation.method,
    ...headerParts(given),
    ...queryParts(given.query),
    pathParameters: given.path ? { ...path } : null,
    stageVariables: null,
    body: bodyText(given),
    isBase64Encoded: given.base64 ?? false,
  }
  const requestContext = { requestId, resourcePath: operation.path, httpMethod: operation.method, path: address }
  return { ...event, requestContext } as unknown as APIGatewayProxyEvent
}

/** The code of a refusal, `undefined` for a success. */
export function errorCodeOf(answer: APIGatewayProxyResult): string | undefined {
  return answer.statusCode < 400 ? undefined : (JSON.parse(answer.body) as { error_code: string }).error_code
}

/** The text of a refusal. */
export function errorMessageOf(answer: APIGatewayProxyResult): string {
  return (JSON.parse(answer.body) as { error_msg: string }).error_msg
}

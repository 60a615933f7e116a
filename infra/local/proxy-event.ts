/**
 * API Gateway's event for a Lambda proxy integration of a REST API (version 1.0 of the payload format).
 *
 * The local API answers at the root of its address, as a custom domain name mapped to the stage does; so the path in the
 * request context has no stage in front either.
 */
import type { APIGatewayProxyEvent } from 'aws-lambda'
import type { RouteMatch } from './route-matching.ts'

export type GatewayRequest = {
  method: string
  /** Path and query as the client sent them. */
  target: string
  /** Names and values in turn, in the client's order and spelling. */
  rawHeaders: string[]
  body: Buffer
  sourceIp: string
  receivedAtMs: number
  requestId: string
}

export type ApiIdentity = { id: string; stageName: string; accountId: string; binaryMediaTypes: string[]; port: number }

type MultiValue = Record<string, string[]>

/** Headers between two machines only; API Gateway does not hand them on. */
const hopHeaders = new Set(['connection', 'expect', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'])

/** @throws URIError when the query holds a broken percent encoding */
export function buildProxyEvent(
  request: GatewayRequest,
  { route, pathParameters }: RouteMatch,
  api: ApiIdentity,
): APIGatewayProxyEvent {
  const { path, query } = splitTarget(request.target)
  const headers = collectHeaders(request, api.port)
  const isBinary = matchesMediaType(api.binaryMediaTypes, lastValue(headers, 'content-type'))
  const hasBody = request.body.byteLength > 0
  return {
    resource: route.resourcePath,
    path,
    httpMethod: request.method,
    headers: lastValues(headers),
    multiValueHeaders: headers,
    queryStringParameters: query && lastValues(query),
    multiValueQueryStringParameters: query,
    pathParameters: pathParameters ?? null,
    stageVariables: null,
    requestContext: buildRequestContext(request, route, path, headers, api),
    body: hasBody ? request.body.toString(isBinary ? 'base64' : 'utf8') : null,
    isBase64Encoded: hasBody && isBinary,
  }
}

/** Path and query of a request target; the query is null when it has no parameter. */
export function splitTarget(target: string): { path: string; query: MultiValue | null } {
  const mark = target.indexOf('?')
  if (mark < 0) return { path: target, query: null }
  const query: MultiValue = {}
  for (const pair of target
    .slice(mark + 1)
    .split('&')
    .filter(Boolean)) {
    const equals = pair.indexOf('=')
    const name = decodeQueryPart(equals < 0 ? pair : pair.slice(0, equals))
    append(query, name, equals < 0 ? '' : decodeQueryPart(pair.slice(equals + 1)))
  }
  return { path: target.slice(0, mark), query: Object.keys(query).length > 0 ? query : null }
}

/** Whether a media type is one of the API's binary ones: itself, a whole family, or all. */
export function matchesMediaType(binaryMediaTypes: string[], contentType: string | undefined): boolean {
  const type = contentType?.split(';')[0]?.trim().toLowerCase()
  if (!type) return false
  const family = `${type.split('/')[0]}/*`
  return binaryMediaTypes.map((item) => item.replaceAll('~1', '/')).some((item) => ['*/*', family, type].includes(item))
}

const decodeQueryPart = (text: string) => decodeURIComponent(text.replaceAll('+', ' '))

function append(values: MultiValue, name: string, value: string): void {
  // Not an inherited property: a client chooses the name.
  if (Object.hasOwn(values, name)) values[name]?.push(value)
  else Object.defineProperty(values, name, { value: [value], enumerable: true, writable: true, configurable: true })
}

function lastValues(values: MultiValue): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, items]) => [name, items.at(-1) ?? '']))
}

function lastValue(headers: MultiValue, lowerCaseName: string): string | undefined {
  return Object.entries(headers)
    .find(([name]) => name.toLowerCase() === lowerCaseName)?.[1]
    .at(-1)
}

function collectHeaders({ rawHeaders, sourceIp, requestId }: GatewayRequest, port: number): MultiValue {
  const headers: MultiValue = {}
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name, value] = [rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '']
    if (!hopHeaders.has(name.toLowerCase())) append(headers, name, value)
  }
  const forwardedFor = lastValue(headers, 'x-forwarded-for')
  const own = {
    'X-Amzn-Trace-Id': `Root=1-${requestId.slice(0, 8)}-${requestId.replaceAll('-', '').slice(8, 32)}`,
    'X-Forwarded-For': forwardedFor ? `${forwardedFor}, ${sourceIp}` : sourceIp,
    'X-Forwarded-Port': String(port),
    'X-Forwarded-Proto': 'http',
  }
  for (const [name, value] of Object.entries(own)) {
    for (const other of Object.keys(headers)) if (other.toLowerCase() === name.toLowerCase()) delete headers[other]
    headers[name] = [value]
  }
  return headers
}

function buildRequestContext(
  { method, sourceIp, receivedAtMs, requestId }: GatewayRequest,
  route: RouteMatch['route'],
  path: string,
  headers: MultiValue,
  api: ApiIdentity,
): APIGatewayProxyEvent['requestContext'] {
  const domainName = lastValue(headers, 'host')?.replace(/:\d+$/, '') ?? '127.0.0.1'
  return {
    accountId: api.accountId,
    apiId: api.id,
    authorizer: undefined,
    domainName,
    domainPrefix: domainName.split('.')[0],
    extendedRequestId: Buffer.from(requestId).toString('base64').slice(0, 16),
    httpMethod: method,
    identity: {
      accessKey: null,
      accountId: null,
      apiKey: null,
      apiKeyId: null,
      caller: null,
      clientCert: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp,
      user: null,
      userAgent: lastValue(headers, 'user-agent') ?? null,
      userArn: null,
    },
    path,
    protocol: 'HTTP/1.1',
    requestId,
    requestTime: formatRequestTime(receivedAtMs),
    requestTimeEpoch: receivedAtMs,
    resourceId: route.resourceId,
    resourcePath: route.resourcePath,
    stage: api.stageName,
  }
}

/** The common log format that API Gateway uses: `21/Nov/2025:08:54:01 +0000`. */
function formatRequestTime(atMs: number): string {
  const [, day, month, year, time] = new Date(atMs).toUTCString().replace(',', '').split(' ')
  return `${day}/${month}/${year}:${time} +0000`
}

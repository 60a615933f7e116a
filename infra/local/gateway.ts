/**
 * The REST API over HTTP: finds the method, throttles, hands the request to its function as a proxy event, and turns the
 * function's answer into a response. Everything it refuses itself is answered by the template's gateway responses.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ApiModel } from './api-model.ts'
import type { GatewayResponder, GatewayResponseType } from './gateway-responses.ts'
import { createGatewayResponder } from './gateway-responses.ts'
import type { InvocationResult } from './lambda-host.ts'
import { maximumPayloadBytes } from './lambda-host.ts'
import { localAccountId } from './physical-names.ts'
import type { GatewayRequest } from './proxy-event.ts'
import { buildProxyEvent } from './proxy-event.ts'
import type { HttpResponse } from './proxy-response.ts'
import { readProxyResponse } from './proxy-response.ts'
import { readBody } from './read-body.ts'
import type { RouteMatch } from './route-matching.ts'
import { createRouteMatcher } from './route-matching.ts'
import { createThrottle } from './token-bucket.ts'

/** API Gateway's limit for a request body. */
const maximumBodyBytes = 10 * 1024 * 1024

export type Gateway = {
  port: number
  /** Takes no more connections and lets running requests end, at most so long. */
  stop(graceMs: number): Promise<void>
}

export type GatewayInput = {
  api: ApiModel
  /** 0 for a free one. */
  port: number
  invoke: (functionName: string, payload: string) => Promise<InvocationResult>
  nowMs: () => number
  report: (line: string) => void
}

type Context = GatewayInput & {
  match: ReturnType<typeof createRouteMatcher>
  passes: ReturnType<typeof createThrottle>
  respond: GatewayResponder
}

/** @throws Error when the port is taken (`EADDRINUSE`) */
export async function startGateway(input: GatewayInput): Promise<Gateway> {
  const context: Context = {
    ...input,
    match: createRouteMatcher(input.api.routes),
    passes: createThrottle(input.api.throttling, input.nowMs),
    respond: createGatewayResponder(input.api.gatewayResponses),
  }
  const server = createServer()
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    serve(context, server, request, response).catch((error: Error) => {
      input.report(`${request.method} ${request.url}: ${error.stack ?? error.message}`)
      response.destroy()
    })
  }
  server.on('request', onRequest)
  server.keepAliveTimeout = 75_000
  server.listen(input.port, '127.0.0.1')
  await once(server, 'listening')
  return { port: portOf(server), stop: (graceMs) => stopServer(server, graceMs) }
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

async function stopServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const timer = setTimeout(() => server.closeAllConnections(), graceMs)
  // Connections that are busy now would stay open for their next request.
  const idle = setInterval(() => server.closeIdleConnections(), 20)
  await closed
  clearTimeout(timer)
  clearInterval(idle)
}

async function serve(context: Context, server: Server, request: IncomingMessage, response: ServerResponse) {
  const requestId = randomUUID()
  const method = request.method ?? 'GET'
  const target = request.url ?? '/'
  const refuse = (type: GatewayResponseType) => {
    const refusal = context.respond(type, { requestId, httpMethod: method, path: target.split('?')[0] ?? '/' })
    send(response, requestId, refusal)
    discardRest(request, response)
  }
  const match = findRoute(context, method, target)
  if (!match || typeof match === 'string') return refuse(match ?? 'MISSING_AUTHENTICATION_TOKEN')
  if (!context.passes(match.route.method, match.route.resourcePath)) return refuse('THROTTLED')
  const body = await readBody(request, maximumBodyBytes)
  if (body === 'too large') return refuse('REQUEST_TOO_LARGE')
  const gatewayRequest = {
    method,
    target,
    rawHeaders: request.rawHeaders,
    body,
    sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
    receivedAtMs: context.nowMs(),
    requestId,
  }
  const answer = await integrate(context, portOf(server), match, gatewayRequest, request.headers.accept)
  if (typeof answer === 'string') return refuse(answer)
  send(response, requestId, answer)
}

/** A path or query with a broken percent encoding is a bad request. */
function findRoute({ match }: Context, method: string, target: string): RouteMatch | GatewayResponseType | undefined {
  try {
    decodeURIComponent(target.replaceAll('+', ' '))
    return match(method, target.split('?')[0] ?? '/')
  } catch (error) {
    if (error instanceof URIError) return 'BAD_REQUEST_PARAMETERS'
    throw error
  }
}

async function integrate(
  { api, invoke, report }: Context,
  port: number,
  match: RouteMatch,
  request: GatewayRequest,
  accept: string | undefined,
): Promise<HttpResponse | GatewayResponseType> {
  const { functionName, timeoutMs } = match.route
  const payload = JSON.stringify(buildProxyEvent(request, match, { ...api, accountId: localAccountId, port }))
  if (Buffer.byteLength(payload) > maximumPayloadBytes) return 'REQUEST_TOO_LARGE'
  const result = await withTimeout(invoke(functionName, payload), timeoutMs)
  if (!result) return 'INTEGRATION_TIMEOUT'
  if (result.error) {
    report(`${functionName} ${result.requestId}: ${result.error.errorType}: ${result.error.errorMessage}`)
    return 'INTEGRATION_FAILURE'
  }
  const response = readProxyResponse(result.payload, accept, api.binaryMediaTypes)
  if (!response) report(`${functionName} ${result.requestId}: malformed proxy response`)
  return response ?? 'INTEGRATION_FAILURE'
}

async function withTimeout<Value>(promise: Promise<Value>, timeoutMs: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

function send(response: ServerResponse, requestId: string, { statusCode, headers, body }: HttpResponse): void {
  response.statusCode = statusCode
  response.setHeader('x-amzn-RequestId', requestId)
  for (const [name, value] of headers) response.appendHeader(name, value)
  const hasNoBody = statusCode === 204 || statusCode === 304
  if (!hasNoBody) response.setHeader('Content-Length', body.byteLength)
  response.end(hasNoBody ? undefined : body)
}

/**
 * A client that still sends reads its answer only if the connection stays open for a moment; what it sends is dropped.
 * A body that has arrived completely needs none of this.
 */
function discardRest(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) return
  request.resume()
  request.on('error', () => response.destroy())
  const timer = setTimeout(() => request.socket.destroy(), 2000).unref()
  request.on('close', () => clearTimeout(timer))
}

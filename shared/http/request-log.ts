/** Request ids on the way in and out, and one line (with its metrics) per request. */
import type { MiddlewareObj, Request } from '@middy/core'
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda'
import { createLog, type Log } from '../aws/log.ts'
import type { Operation } from '../contract/operation.ts'
import { dialectOf } from './dialect.ts'
import { header } from './event.ts'

type ApiRequest = Request<APIGatewayProxyEvent, APIGatewayProxyResult>

/** What the chain keeps between its steps, in middy's `internal`. */
interface RequestState {
  log: Log
  requestId: string
  clientRequestId: string | undefined
  startedAtMs: number
}

function stateOf(request: { internal: object }): RequestState {
  return request.internal as RequestState
}

/** The log of a request; its lines carry the ids. */
export function logOf(request: { internal: object }): Log {
  return stateOf(request).log
}

/** CloudWatch's embedded metric format: the same line is a log entry and two metrics. */
function metrics(statusCode: number, durationMs: number) {
  return {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        {
          Namespace: 'rfs-serverless',
          Dimensions: [['operation']],
          Metrics: [{ Name: 'durationMs', Unit: 'Milliseconds' }, { Name: 'serverErrors' }],
        },
      ],
    },
    statusCode,
    durationMs,
    serverErrors: statusCode >= 500 ? 1 : 0,
  }
}

function finish(operation: Operation, request: ApiRequest): void {
  const response = request.response
  if (!response) return
  const { log, clientRequestId, requestId, startedAtMs } = stateOf(request)
  response.headers = {
    ...response.headers,
    'X-Request-Id': requestId,
    ...dialectOf(operation).headers(requestId),
    ...(clientRequestId ? { 'Client-Request-Id': clientRequestId } : {}),
  }
  const durationMs = performance.now() - startedAtMs
  const caller: unknown = request.event.requestContext.authorizer?.principalId
  log.info('request', {
    ...(caller === undefined ? {} : { caller }),
    ...metrics(response.statusCode, Math.round(durationMs * 10) / 10),
  })
}

/** Only what is safe to print and to send back in a header is echoed. */
const echoable = /^[A-Za-z0-9-]{1,128}$/

export function requestLog(operation: Operation): MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult> {
  return {
    before: (request) => {
      const given = header(request.event, 'client-request-id')
      const clientRequestId = given !== undefined && echoable.test(given) ? given : undefined
      const { requestId } = request.event.requestContext
      const log = createLog({ operation: operation.id, requestId, ...(clientRequestId ? { clientRequestId } : {}) })
      const state: RequestState = { log, requestId, clientRequestId, startedAtMs: performance.now() }
      Object.assign(request.internal, state)
    },
    after: (request) => finish(operation, request),
    onError: (request) => finish(operation, request),
  }
}

/**
 * The two calls of the Lambda API by which functions invoke one another, over HTTP on 127.0.0.1: Invoke (request and
 * answer, or event) and InvokeWithResponseStream. As on AWS, a caller that goes away does not stop the function. Unlike
 * on AWS, a failed event is not tried again, and the bandwidth of a stream is not limited.
 */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { encodeInvokeComplete, encodePayloadChunk } from './event-stream.ts'
import type { LambdaHost } from './lambda-host.ts'
import { maximumPayloadBytes } from './lambda-host.ts'
import { isOwnRequest, refusal, refusedStatus } from './own-requests.ts'
import { readBody } from './read-body.ts'

export type LambdaApi = { endpoint: string; stop(): Promise<void> }

/**
 * @param host asked for at each call, because its functions know this API's address
 * @param report takes what went wrong with an event, which nobody waits for
 */
export async function startLambdaApi(host: () => LambdaHost, report: (line: string) => void): Promise<LambdaApi> {
  const server = createServer((request, response) => {
    answer(host(), report, request, response).catch((error: Error) => {
      if (response.headersSent) response.destroy(error)
      else sendError(response, 500, 'ServiceException', error.message)
    })
  })
  server.keepAliveTimeout = 75_000
  server.requestTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const invokePath = /^\/(2015-03-31|2021-11-15)\/functions\/([^/]+)\/(invocations|response-streaming-invocations)$/

async function answer(
  host: LambdaHost,
  report: (line: string) => void,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isOwnRequest(request)) {
    response.setHeader('connection', 'close')
    return sendError(response, refusedStatus, refusal.__type, refusal.message)
  }
  const [, , target, call] = invokePath.exec((request.url ?? '').split('?')[0] ?? '') ?? []
  if (request.method !== 'POST' || !target) {
    return sendError(response, 404, 'UnknownOperationException', 'The local Lambda API has no such call.')
  }
  const definition = host.find(decodeURIComponent(target))
  if (!definition) {
    return sendError(response, 404, 'ResourceNotFoundException', `Function not found: ${decodeURIComponent(target)}`)
  }
  const body = await readBody(request, maximumPayloadBytes)
  if (body === 'too large') {
    const message = `Request must be smaller than ${maximumPayloadBytes} bytes for the InvokeFunction operation`
    return sendError(response, 413, 'RequestTooLargeException', message)
  }
  const payload = body.length === 0 ? '{}' : body.toString('utf8')
  if (!isJson(payload)) {
    return sendError(response, 400, 'InvalidRequestContentException', 'Could not parse request body into json')
  }
  if (call === 'response-streaming-invocations') return invokeStreaming(host, definition.name, payload, response)
  if (request.headers['x-amz-invocation-type'] === 'Event') {
    response.writeHead(202).end()
    return invokeEvent(host, definition.name, payload, report)
  }
  return invokeAndAnswer(host, definition.name, payload, response)
}

async function invokeAndAnswer(host: LambdaHost, name: string, payload: string, response: ServerResponse) {
  const result = await host.invoke(name, payload)
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-amzn-requestid': result.requestId,
    'x-amz-executed-version': '$LATEST',
  }
  if (result.error) headers['x-amz-function-error'] = 'Unhandled'
  response.writeHead(200, headers).end(result.payload)
}

async function invokeEvent(host: LambdaHost, name: string, payload: string, report: (line: string) => void) {
  const result = await host.invoke(name, payload)
  if (result.error) report(`the event for ${name} failed: ${result.error.errorMessage}`)
}

async function invokeStreaming(host: LambdaHost, name: string, payload: string, response: ServerResponse) {
  response.writeHead(200, {
    'content-type': 'application/vnd.amazon.eventstream',
    'x-amz-executed-version': '$LATEST',
    'x-amzn-remapped-content-type': 'application/octet-stream',
  })
  response.flushHeaders()
  let streamed = false
  const result = await host.invoke(name, payload, {
    onChunk: async (bytes) => {
      streamed = true
      await write(response, encodePayloadChunk(bytes))
    },
  })
  if (!result.error && !streamed && result.payload.length > 0) {
    await write(response, encodePayloadChunk(result.payload))
  }
  response.end(encodeInvokeComplete(result.error))
}

/** Settles when the caller is ready for more, or gone. */
async function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  if (response.destroyed || response.write(bytes)) return
  const settled = new AbortController()
  const options = { signal: settled.signal }
  await Promise.race([once(response, 'drain', options), once(response, 'close', options)]).finally(() =>
    settled.abort(),
  )
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function sendError(response: ServerResponse, status: number, type: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type })
  response.end(JSON.stringify({ Type: status < 500 ? 'User' : 'Service', Message: message, message }))
}

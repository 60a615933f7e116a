/** What every reader of API Gateway's proxy event needs of it. */
import type { APIGatewayProxyEvent } from 'aws-lambda'

/** The value of a header, whatever its spelling. */
export function header(event: APIGatewayProxyEvent, wanted: string): string | undefined {
  const entry = Object.entries(event.headers ?? {}).find(([name]) => name.toLowerCase() === wanted)
  return entry?.[1] ?? undefined
}

export function rawBody(event: APIGatewayProxyEvent): string {
  if (!event.body) return ''
  return event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString('utf8') : event.body
}

/**
 * The address under which the caller reached the API, without a slash at the end; the contract's paths go behind it. The
 * gateway only routes requests whose `Host` is one of its own names. What stands before the path is the stage.
 */
export function baseUrlOf(event: APIGatewayProxyEvent): string {
  const protocol = header(event, 'x-forwarded-proto') ?? 'https'
  const host = header(event, 'host') ?? event.requestContext.domainName ?? 'localhost'
  const { path } = event.requestContext
  const stage = path?.endsWith(event.path) ? path.slice(0, path.length - event.path.length) : ''
  return `${protocol}://${host}${stage}`
}

/** A signed request as the gateway hands it over: the signature covers what the event holds. */
import type { APIGatewayProxyEvent } from 'aws-lambda'
import type { signWith } from '../../shared/auth/sign.ts'
import type { Operation } from '../../shared/contract/operation.ts'
import { type GivenRequest, proxyEvent } from '../support/proxy-event.ts'

const host = 'rfs.example'

export function signedEvent(
  sign: ReturnType<typeof signWith>,
  operation: Pick<Operation, 'path' | 'method'>,
  given: GivenRequest,
): APIGatewayProxyEvent {
  const plain = proxyEvent(operation, given)
  const headers = { ...plain.headers } as Record<string, string>
  const query = Object.entries(plain.multiValueQueryStringParameters ?? {})
  const pairs = query.flatMap(([name, several]) => (several ?? []).map((value) => [name, value] as const))
  const url = `http://${host}${plain.path}?${new URLSearchParams(pairs as [string, string][])}`
  const signed = sign({ method: plain.httpMethod, url, headers, body: plain.body ?? undefined })
  return proxyEvent(operation, { ...given, headers: { ...headers, Host: host, ...signed } })
}

/**
 * What differs between the two kinds of operations in the one chain that all of them go through: how a request is read, how
 * a refusal is worded, which headers every answer has. A declaration names its dialect; nobody else chooses.
 */
import type { APIGatewayProxyEvent } from 'aws-lambda'
import type { Operation } from '../contract/operation.ts'
import { heatDialect } from './heat-dialect.ts'
import { rfsDialect } from './rfs-dialect.ts'

export interface ParsedRequest {
  readonly path: unknown
  readonly query: unknown
  readonly body: unknown
}

export interface Refusal {
  readonly status: number
  readonly body: string
  /** False for what nobody meant to throw: it is logged, and nothing of it is said. */
  readonly intended: boolean
  readonly headers?: Readonly<Record<string, string>>
}

export interface Dialect {
  /** What is refused before it is known who asks: a route that is none, a body that cannot be read. */
  read(operation: Operation, event: APIGatewayProxyEvent): unknown
  /** Checks all parts and types them by the declaration. `content` is what `read` returned. */
  check(operation: Operation, event: APIGatewayProxyEvent, content: unknown): ParsedRequest
  refusal(error: unknown, operation: Operation): Refusal
  /** Added to every answer. */
  headers(requestId: string): Readonly<Record<string, string>>
}

export function dialectOf({ dialect }: Pick<Operation, 'dialect'>): Dialect {
  return dialect === 'heat' ? heatDialect : rfsDialect
}

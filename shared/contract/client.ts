/**
 * A client for any declared operation: the address, the headers and the types all come from the declaration.
 * Answers of every status are returned, not thrown: what a refusal means is the caller's business.
 */
import { randomUUID } from 'node:crypto'
import type * as z from 'zod/mini'
import type { Operation } from './operation.ts'

type AnyOperation = Pick<Operation, keyof Operation>
type In<Schema> = NonNullable<Schema> extends z.ZodMiniType ? z.input<NonNullable<Schema>> : Record<never, never>
type Out<Schema> = NonNullable<Schema> extends z.ZodMiniType ? z.output<NonNullable<Schema>> : undefined

export interface Call<Declared extends AnyOperation> {
  readonly path: In<Declared['request']['path']>
  readonly query?: In<Declared['request']['query']>
  readonly body?: In<Declared['request']['body']>
  /** `Client-Request-Id`; made anew when absent. */
  readonly requestId?: string
}

export interface ErrorBody {
  readonly error_code: string
  readonly error_msg: string
}

export type Answer<Body> =
  | { readonly ok: true; readonly status: number; readonly headers: Headers; readonly body: Body }
  | { readonly ok: false; readonly status: number; readonly headers: Headers; readonly error: ErrorBody }

export interface Client {
  call<Declared extends AnyOperation>(
    operation: Declared,
    call: Call<Declared>,
  ): Promise<Answer<Out<Declared['success']['body']>>>
}

function address(baseUrl: string, operation: AnyOperation, call: { path: object; query?: object }): string {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String((call.path as Record<string, unknown>)[name])),
  )
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(call.query ?? {})) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined) query.append(name, String(each))
    }
  }
  return `${baseUrl}${path}${query.size > 0 ? `?${query}` : ''}`
}

export interface ClientOptions {
  /** Sent with every request, such as `X-Auth-Token`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Headers to add to a request that is ready to be sent, such as its signature. */
  readonly sign?: (request: {
    method: string
    url: string
    headers: Record<string, string>
    body?: string | undefined
  }) => Record<string, string>
}

export function createClient(baseUrl: string, { headers: always = {}, sign = () => ({}) }: ClientOptions = {}): Client {
  return {
    call: async (operation, call) => {
      const { method } = operation
      const url = address(baseUrl, operation, call)
      const body = call.body === undefined ? undefined : JSON.stringify(call.body)
      const headers = {
        'Client-Request-Id': call.requestId ?? randomUUID(),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...always,
      }
      const response = await fetch(url, {
        method,
        redirect: 'manual',
        headers: { ...headers, ...sign({ method, url, headers, body }) },
        ...(body === undefined ? {} : { body }),
      })
      const text = await response.text()
      const answer = text ? JSON.parse(text) : undefined
      const common = { status: response.status, headers: response.headers }
      return response.status === operation.success.status
        ? { ok: true, ...common, body: answer }
        : { ok: false, ...common, error: answer }
    },
  }
}

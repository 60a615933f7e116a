/**
 * Declaration + handler -> the Lambda function of an endpoint. Every operation goes through the same chain, in this order:
 * request id and log, the guard (who calls, whether they may), validation, the handler, error mapping. No operation picks
 * middleware; a cross-cutting need becomes a field of the declaration.
 */
import middy from '@middy/core'
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda'
import type * as z from 'zod/mini'
import { type Caller, nobody } from '../auth/caller.ts'
import type { Guard } from '../auth/guard.ts'
import { asksWhoCalls, type Operation } from '../contract/operation.ts'
import { dialectOf } from './dialect.ts'
import { errorMapping } from './error-mapping.ts'
import { baseUrlOf, header } from './event.ts'
import { fingerprint } from './request.ts'
import { requestLog } from './request-log.ts'

type Inferred<Schema> = NonNullable<Schema> extends z.ZodMiniType ? z.infer<NonNullable<Schema>> : undefined
type AnyOperation = Pick<Operation, keyof Operation>

/** What a handler receives: values of the declared types only. */
export interface Input<Declared extends AnyOperation> {
  readonly path: Inferred<Declared['request']['path']>
  readonly query: Inferred<Declared['request']['query']>
  readonly body: Inferred<Declared['request']['body']>
  /** The declared request headers that were sent, by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The address under which the caller reached the API; the contract's paths go behind it. */
  readonly baseUrl: string
  /** The path as the contract declares it; tells apart the paths of an operation that has several. */
  readonly route: string
  readonly method: string
  /** Same for a repeated request, different for any other. */
  readonly fingerprint: string
  readonly caller: Caller
}

export interface Reply<Answer> {
  /** The declared one when absent. */
  readonly status?: number
  readonly body?: Answer
  readonly headers?: Readonly<Record<string, string>>
}

type Factories<Dependencies> = { readonly [Name in keyof Dependencies]: () => Dependencies[Name] }
export type ApiHandler = (event: APIGatewayProxyEvent, context: unknown) => Promise<APIGatewayProxyResult>

/** Opens each dependency once, at the first request, so that importing a function stays cheap. */
function lazily<Dependencies>(factories: Factories<Dependencies>): () => Dependencies {
  let opened: Dependencies | undefined
  return () => {
    opened ??= Object.fromEntries(
      Object.entries<() => unknown>(factories).map(([name, open]) => [name, open()]),
    ) as Dependencies
    return opened
  }
}

function headersOf({ request }: AnyOperation, event: APIGatewayProxyEvent): Record<string, string> {
  const given = (request.headers ?? []).map((name) => [name, header(event, name)] as const)
  return Object.fromEntries(given.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** The request in the order of checks: what can be read at all, whether the caller may, what is asked. */
function inputOf(operation: Operation, event: APIGatewayProxyEvent, authorize: () => void) {
  const dialect = dialectOf(operation)
  const content = dialect.read(operation, event)
  authorize()
  return {
    ...dialect.check(operation, event, content),
    headers: headersOf(operation, event),
    baseUrl: baseUrlOf(event),
    route: event.resource,
    method: event.httpMethod,
    fingerprint: fingerprint(operation, event),
  }
}

function answer(operation: AnyOperation, reply: Reply<unknown>): APIGatewayProxyResult {
  const hasBody = reply.body !== undefined
  return {
    statusCode: reply.status ?? operation.success.status,
    headers: { ...(hasBody ? { 'Content-Type': 'application/json' } : {}), ...reply.headers },
    body: hasBody ? JSON.stringify(reply.body) : '',
  }
}

/** A chunk of its own: what is open to everybody never loads it, and the others load it with their first request. */
async function loadGuard(): Promise<Guard> {
  const { openGuard } = await import('../auth/guard.ts')
  return openGuard()
}

/** Keeps what was opened; a failure is thrown to whoever asked, and the next one tries again. */
function once<Value>(open: () => Value | Promise<Value>): () => Promise<Value> {
  let opened: Value | undefined
  return async () => {
    opened ??= await open()
    return opened
  }
}

/** Notes the caller where API Gateway itself would, for the log. */
async function identify(guard: Guard, operation: Operation, event: APIGatewayProxyEvent): Promise<Caller> {
  const caller = await guard.identify(operation, event)
  event.requestContext.authorizer = { principalId: caller.id }
  return caller
}

/**
 * @param operation the declaration
 * @param factories what the handler needs, by name; each is opened once per function instance
 * @param handle what the operation does; it throws `RfsError` by name to refuse
 * @param guard opens what checks callers, for operations that ask who calls
 */
export function serve<Declared extends AnyOperation, Dependencies>(
  operation: Declared,
  factories: Factories<Dependencies>,
  handle: (dependencies: Dependencies, input: Input<Declared>) => Promise<Reply<Inferred<Declared['success']['body']>>>,
  guard: () => Guard | Promise<Guard> = loadGuard,
): ApiHandler {
  const dependencies = lazily(factories)
  const openedGuard = once(guard)
  const declared = operation as unknown as Operation
  const run = async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const gate = asksWhoCalls(declared) ? await openedGuard() : undefined
    const caller = gate ? await identify(gate, declared, event) : nobody
    const input = { ...inputOf(declared, event, () => gate?.authorize(declared, event, caller)), caller }
    await gate?.count(declared, event)
    return answer(operation, await handle(dependencies(), input as unknown as Input<Declared>))
  }
  return middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
    .use(requestLog(declared))
    .use(errorMapping(declared))
    .handler(run) as unknown as ApiHandler
}

/** The API of a simulated installation: each request is an invocation of the operation's own function. */
import type { APIGatewayProxyResult } from 'aws-lambda'
import type { Operation } from '../../../shared/contract/operation.ts'
import { fingerprint } from '../../../shared/http/request.ts'
import type { ApiHandler } from '../../../shared/http/serve.ts'
import { type GivenRequest, proxyEvent } from '../../support/proxy-event.ts'
import { call } from '../simulation/actor.ts'
import { settings } from '../simulation/settings.ts'
import { spawn, type World } from '../simulation/world.ts'

type Declared = Pick<Operation, keyof Operation>

export interface ApiAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** A request and what became of it. */
export interface SentRequest {
  readonly operation: Declared
  readonly given: GivenRequest
  /** Tells requests apart as the service does. */
  readonly fingerprint: string
  readonly sentAtMs: number
  /** Undefined while there is none: the function died, or its time ran out. */
  answer?: ApiAnswer
  answeredAtMs?: number
  /** Whether something went wrong with what the function asked of others. */
  faulted?: boolean
}

export interface Api {
  /** Every request that was sent. */
  readonly requests: readonly SentRequest[]
  /** Sends a request, as a client, and waits for its answer, or for its end without one. */
  send(operation: Declared, given: GivenRequest): Promise<SentRequest>
  onAnswer(listener: (request: SentRequest) => void): void
}

/** @param handlerOf the function of an operation */
export function openApi(world: World, handlerOf: (operation: Declared) => ApiHandler): Api {
  const requests: SentRequest[] = []
  const listeners: ((request: SentRequest) => void)[] = []
  const begin = (operation: Declared, given: GivenRequest, end: () => void): SentRequest => {
    const event = proxyEvent(operation, given)
    const request: SentRequest = {
      operation,
      given,
      fingerprint: fingerprint(operation as unknown as Operation, event),
      sentAtMs: world.nowMs(),
    }
    requests.push(request)
    const timeLimitMs = settings.apiTimeoutSeconds * 1000
    const actor = spawn<APIGatewayProxyResult>(world, {
      kind: 'api',
      purpose: `${operation.operationId} ${Object.values(given.path ?? {})
        .slice(1)
        .join(' ')}`,
      run: () => handlerOf(operation)(event, {}),
      timeLimitMs,
      onEnd: ({ statusCode, body }) => {
        request.answer = { status: statusCode, body: body ? JSON.parse(body) : {} }
        request.answeredAtMs = world.nowMs()
        request.faulted = actor.faulted
        for (const listener of listeners) listener(request)
        end()
      },
      onDeath: end,
    })
    return request
  }
  return {
    requests,
    send: (operation, given) => {
      let over = false
      let request: SentRequest | undefined
      return call({
        label: `sends ${operation.operationId}`,
        effect: () => {
          request = begin(operation, given, () => {
            over = true
          })
        },
      }).then(() =>
        call({
          label: `has the answer to ${operation.operationId}`,
          possible: () => over,
          effect: () => request as SentRequest,
          shown: ({ answer }) => (answer ? `${answer.status} ${JSON.stringify(answer.body).slice(0, 160)}` : 'none'),
        }),
      )
    },
    onAnswer: (listener) => {
      listeners.push(listener)
    },
  }
}

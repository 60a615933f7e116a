/** Operations, and the functions behind the API, in one form: what each is asked, and whether the answer is one. */
import { signWith } from '../../shared/auth/sign.ts'
import { benchKey } from './bench-cloud.ts'
import type { JobAsk } from './job-events.ts'
import type { Ask } from './operation-requests.ts'
import { signedEvent } from './signed-event.ts'

export interface Asked {
  /** The operation, or the function behind the API. */
  readonly name: string
  /** In words, where the name does not say it all. */
  readonly what: string
  /** Of the bundle: an operation's id, or the name of a function behind the API. */
  readonly functionName: string
  /** Behind API Gateway. */
  readonly api: boolean
  /** An event that was not sent yet. */
  next(): Promise<object>
  /** @throws Error when it is no answer to what was asked */
  check(answer: unknown): void
}

const sign = signWith(benchKey)

export function operationAsked({ name, operation, status, next }: Ask): Asked {
  return {
    name: operation.operationId,
    what: name.slice(operation.operationId.length).trim(),
    functionName: operation.id,
    api: true,
    next: async () => signedEvent(sign, operation, await next()),
    check: (answer) => {
      const { statusCode, body } = answer as { statusCode: number; body: string }
      if (statusCode !== status) throw new Error(`${name} is answered ${statusCode}: ${body}`)
    },
  }
}

export function jobAsked({ name, what, next }: JobAsk): Asked {
  const check = (answer: unknown) => {
    const { batchItemFailures = [] } = (answer ?? {}) as { batchItemFailures?: unknown[] }
    if (batchItemFailures.length > 0) throw new Error(`the ${name} gave its message back`)
  }
  return { name, what, functionName: name, api: false, next, check }
}

/** Sends a request through the real chain to a handler that only keeps what it received. */
import type { Operation } from '../../../shared/contract/operation.ts'
import { serve } from '../../../shared/http/serve.ts'
import { openToAll } from '../../support/open-guard.ts'
import { errorCodeOf, errorMessageOf, type GivenRequest, projectId, proxyEvent } from '../../support/proxy-event.ts'

type Declared = Pick<Operation, keyof Operation>

export interface Received {
  readonly path: Record<string, unknown>
  readonly query: Record<string, unknown>
  readonly body: Record<string, unknown>
  readonly fingerprint: string
}

export type Outcome =
  | { readonly accepted: true; readonly status: number; readonly received: Received }
  | { readonly accepted: false; readonly status: number; readonly code: string | undefined; readonly message: string }

/** A request that the operation accepts: path and, where one is needed, the smallest body. */
export function smallestRequest(operation: Declared): GivenRequest {
  const path: GivenRequest['path'] = {
    project_id: projectId,
    ...(operation.path.includes('{stack_name}') ? { stack_name: 'web' } : {}),
    ...(operation.path.includes('{template_name}') ? { template_name: 'base' } : {}),
    ...(operation.path.includes('{version_id}') ? { version_id: 'V1' } : {}),
  }
  const bodies: Readonly<Record<string, object>> = {
    CreateStack: { stack_name: 'web' },
    DeployStack: { template_body: 'locals {}' },
    UpdateStack: {},
    CreateTemplate: { template_name: 'base', template_body: 'locals {}' },
    CreateTemplateVersion: { template_body: 'locals {}' },
    UpdateTemplateMetadata: { template_description: 'text' },
  }
  const body = bodies[operation.operationId]
  return { path, ...(body ? { body } : {}) }
}

/** The smallest request with the given parts added to its own. */
export function requestWith(operation: Declared, given: GivenRequest): GivenRequest {
  const smallest = smallestRequest(operation)
  const body =
    typeof given.body === 'object' && given.body !== null && !Array.isArray(given.body)
      ? { ...(smallest.body as object | undefined), ...given.body }
      : (given.body ?? smallest.body)
  return { ...smallest, ...given, path: { ...smallest.path, ...given.path }, body }
}

export async function ask(operation: Declared, given: GivenRequest): Promise<Outcome> {
  let received: Received | undefined
  const handle = async (_dependencies: object, input: unknown) => {
    received = input as Received
    return {}
  }
  const handler = serve(operation, {}, handle, openToAll)
  const answer = await handler(proxyEvent(operation, given), {})
  return received
    ? { accepted: true, status: answer.statusCode, received }
    : { accepted: false, status: answer.statusCode, code: errorCodeOf(answer), message: errorMessageOf(answer) }
}

/** What the handler received; a refusal fails the test with its text. */
export async function received(operation: Declared, given: GivenRequest): Promise<Received> {
  const outcome = await ask(operation, given)
  if (!outcome.accepted) throw new Error(`refused with ${outcome.status} ${outcome.code}: ${outcome.message}`)
  return outcome.received
}

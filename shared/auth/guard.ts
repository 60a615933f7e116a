/**
 * What stands before every operation: who calls, whether the project in the path is theirs, whether their policies allow
 * the action, and whether their project has sent too many commands.
 *
 * The permission is checked before anything is looked up, for reads and commands alike: a refusal must not tell whether a
 * stack exists. What DECISIONS calls the permission to change, after the id match, is what the stack itself permits.
 */
import type { APIGatewayProxyEvent } from 'aws-lambda'
import * as z from 'zod/mini'
import { type Clock, systemClock } from '../aws/clock.ts'
import { readEnvironment } from '../aws/environment.ts'
import { openTable } from '../aws/table.ts'
import { RfsError } from '../contract/errors.ts'
import { projectId } from '../contract/fields.ts'
import type { Operation } from '../contract/operation.ts'
import { cacheAccessKeys } from './access-keys.ts'
import { type Authenticator, createAuthenticator } from './authenticate.ts'
import type { Caller } from './caller.ts'
import { type CommandRate, openCommandRate } from './command-rate.ts'
import { openKeyService } from './kms.ts'
import { requirePermission } from './policies.ts'
import { developmentCaller, openTokens, readTokenSettings } from './tokens.ts'

export interface Guard {
  /** Who calls. @throws RfsError `TooLong` or `Unauthenticated` */
  identify(operation: Operation, event: APIGatewayProxyEvent): Promise<Caller>
  /** Where there is a permission: whether the project is theirs, and the action allowed. @throws RfsError `OtherProject` or `NotPermitted` */
  authorize(operation: Operation, event: APIGatewayProxyEvent, caller: Caller): void
  /** Counts the request if it is a command. @throws RfsError `TooManyRequests` */
  count(operation: Operation, event: APIGatewayProxyEvent): Promise<void>
}

export interface GuardParts {
  readonly authenticator: Authenticator
  readonly rate: CommandRate
  readonly clock: Clock
  readonly maxRequestBytes: number
}

function checkSize({ body, isBase64Encoded }: APIGatewayProxyEvent, maxBytes: number): void {
  const bytes = Buffer.byteLength(body ?? '', isBase64Encoded ? 'base64' : 'utf8')
  if (bytes <= maxBytes) return
  throw new RfsError('TooLong', `The request body has ${bytes} bytes, it must have at most ${maxBytes}.`)
}

/** What is no project id at all is nobody's; the declaration's schema refuses it with the code for that. */
function checkProject(caller: Caller, event: APIGatewayProxyEvent): void {
  const project = event.pathParameters?.project_id
  if (project === undefined || caller.projects.includes(project)) return
  if (!z.safeParse(projectId, project).success) return
  throw new RfsError('OtherProject', 'The project in the path is not one of yours.')
}

/** An operation that writes to the table; reads with a body are none. */
const isCommand = (operation: Operation) => operation.access.includes('table:write')

export function createGuard({ authenticator, rate, clock, maxRequestBytes }: GuardParts): Guard {
  return {
    identify: async (operation, event) => {
      checkSize(event, maxRequestBytes)
      return authenticator.authenticate(event, operation.request.bodyRule !== undefined)
    },
    authorize: ({ permission }, event, caller) => {
      if (permission === undefined) return
      checkProject(caller, event)
      requirePermission(caller, permission)
    },
    count: async (operation, event) => {
      const project = event.pathParameters?.project_id
      if (project !== undefined && isCommand(operation)) await rate.count(project, clock.now())
    },
  }
}

/** The guard that the function's environment describes. */
export function openGuard(): Guard {
  const clock = systemClock()
  const { MAX_REQUEST_BYTES, COMMANDS_PER_MINUTE } = readEnvironment('MAX_REQUEST_BYTES', 'COMMANDS_PER_MINUTE')
  const tokenSettings = readTokenSettings()
  const table = openTable()
  return createGuard({
    authenticator: createAuthenticator({
      accessKeys: cacheAccessKeys(() => ({ table, keys: openKeyService() }), clock),
      tokens: tokenSettings && openTokens(tokenSettings),
      development: developmentCaller(),
      clock,
    }),
    rate: openCommandRate(table, COMMANDS_PER_MINUTE),
    clock,
    maxRequestBytes: MAX_REQUEST_BYTES,
  })
}

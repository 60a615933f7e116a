/**
 * The form in which every operation is declared, once. Routes, grants, validation, the OpenAPI document and the client walk
 * these declarations; importing one has no effect.
 */
import type * as z from 'zod/mini'
import type { ErrorName } from './errors.ts'
import type { HeatErrorName } from './heat-errors.ts'

/** What the function of an operation may touch. The infrastructure turns each word into a grant and its variables. */
export type Access =
  | 'table:read'
  | 'table:write'
  | 'bucket:read'
  | 'bucket:write'
  | 'bucket:list'
  | 'queue:send'
  | 'runner:invoke'
  /** For operations that take a template: they have files fetched, and they parse. */
  | 'fetcher:invoke'

export type OperationGroup =
  | 'stacks'
  | 'execution-plans'
  | 'templates'
  | 'template-analyses'
  | 'software-configs'
  | 'software-deployments'
  | 'service'

/**
 * How requests are read and refusals are worded: as RFS does (`error_code`, `error_msg`), or as OpenStack's Heat does
 * (`code`, `title`, `explanation`, `error`; unknown fields are dropped, a JSON null is a value).
 */
export type DialectName = 'rfs' | 'heat'

type ObjectSchema = z.ZodMiniObject
/** `tolerant`: any content type; absent, empty or not an object counts as an empty object (what Heat does with signals). */
export type BodyRule = 'required' | 'optional' | 'tolerant'

export interface Operation<
  Path extends ObjectSchema = ObjectSchema,
  Query extends ObjectSchema = ObjectSchema,
  Body extends z.ZodMiniType = z.ZodMiniType,
  Answer extends z.ZodMiniType = z.ZodMiniType,
> {
  /** Kebab-case name: the endpoint's file, the function, the CLI command. */
  readonly id: string
  /** The name that the API reference and the SDKs use. */
  readonly operationId: string
  readonly group: OperationGroup
  readonly summary: string
  /** `ANY`: whatever verb no other operation of the path takes. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'ANY'
  readonly path: string
  /** Further paths of the same function. */
  readonly alsoAt?: readonly string[]
  /** `rfs` when absent. */
  readonly dialect?: DialectName
  /** Not in the published API: an addition of this service, marked as such in the OpenAPI document. */
  readonly addition?: true
  /** Heat's name of the rule that `permission` stands for; its refusal names it. */
  readonly policyRule?: string
  /** The action that a caller's policy must allow, in a project of theirs. */
  readonly permission?: string
  /** Without a permission: who calls is asked nevertheless, and whoever the service knows may. */
  readonly identified?: true
  readonly access: readonly Access[]
  readonly request: {
    readonly path?: Path
    readonly query?: Query
    readonly body?: Body
    /** Request headers that the operation reads, in lower case. */
    readonly headers?: readonly string[]
    /** `optional`: an absent body is read as an empty object. */
    readonly bodyRule?: BodyRule
    /** RFS operations demand `Client-Request-Id`; the service's own do not. */
    readonly clientRequestId: 'required' | 'optional'
  }
  readonly success: {
    readonly status: number
    readonly meaning: string
    readonly body?: Answer
    readonly headers?: readonly { name: string; description: string }[]
  }
  readonly errors: readonly (ErrorName | HeatErrorName)[]
}

/** Whether it is asked who calls; otherwise everybody may, or the address is the credential. */
export function asksWhoCalls({ permission, identified }: Pick<Operation, 'permission' | 'identified'>): boolean {
  return permission !== undefined || identified === true
}

/**
 * Declares an operation and keeps its exact types. The annotation lets the bundler leave out the ones a function does not use.
 *
 * @__NO_SIDE_EFFECTS__
 */
export function operation<
  Path extends ObjectSchema,
  Query extends ObjectSchema,
  Body extends z.ZodMiniType,
  Answer extends z.ZodMiniType,
>(declaration: Operation<Path, Query, Body, Answer>): Operation<Path, Query, Body, Answer> {
  return declaration
}

/**
 * The errors of the Heat dialect: name -> status and Heat's type. Title and explanation go with the status, not with the
 * cause `[SEMANTICS 2]`; only the message, where the type has one, says what happened.
 */
const catalogue = {
  BadRequest: [400, 'HTTPBadRequest', 'message'],
  /** An input or output item breaks its schema. */
  ItemInvalid: [400, 'ValueError', 'silent'],
  /** A value that Heat answers 500 for (too long, missing, unknown config) and newer releases `Invalid`. */
  Invalid: [400, 'Invalid', 'message'],
  LimitExceeded: [400, 'RequestLimitExceeded', 'message'],
  OtherProject: [403, 'HTTPForbidden', 'message'],
  Forbidden: [403, 'Forbidden', 'message'],
  NotFound: [404, 'NotFound', 'message'],
  VerbNotAllowed: [405, 'HTTPMethodNotAllowed', 'message'],
  /** Heat answers 500 here; a conflict is what it is. */
  ConfigInUse: [409, 'InvalidRestrictedAction', 'message'],
  /** *ours*: others kept changing the same thing. */
  Contended: [409, 'ActionInProgress', 'message'],
  /** *ours*: more commands than a project may send in a minute. */
  TooManyRequests: [429, 'TooManyRequests', 'message'],
  Fault: [500, 'RemoteError', 'silent'],
} as const satisfies Record<string, readonly [status: number, type: string, text: 'message' | 'silent']>

export type HeatErrorName = keyof typeof catalogue

const malformed = 'The server could not comply with the request since it is either malformed or otherwise incorrect.'

const texts: Readonly<Record<number, readonly [title: string, explanation: string]>> = {
  400: ['Bad Request', malformed],
  403: ['Forbidden', 'Access was denied to this resource.'],
  404: ['Not Found', 'The resource could not be found.'],
  405: ['Method Not Allowed', malformed],
  409: ['Conflict', 'There was a conflict when trying to complete your request.'],
  429: ['Too Many Requests', 'The server has received too many requests; try again later.'],
  500: ['Internal Server Error', 'The server has either erred or is incapable of performing the requested operation.'],
}

export const heatErrorNames = Object.keys(catalogue) as readonly HeatErrorName[]

/** True when `name` is in the catalogue; used where names travel as text, as in validation issues. */
export function isHeatErrorName(name: string): name is HeatErrorName {
  return Object.hasOwn(catalogue, name)
}

export interface HeatErrorEntry {
  readonly status: number
  readonly type: string
  readonly title: string
  readonly explanation: string
  readonly hasMessage: boolean
}

export function heatErrorEntry(name: HeatErrorName): HeatErrorEntry {
  const [status, type, text] = catalogue[name]
  const [title = '', explanation = ''] = texts[status] ?? []
  return { status, type, title, explanation, hasMessage: text === 'message' }
}

/** The body of an error answer; an error without words of its own repeats the explanation. */
export function heatErrorBody(name: HeatErrorName, detail?: string): object {
  const { status, type, title, explanation, hasMessage } = heatErrorEntry(name)
  const message = hasMessage ? { message: detail ?? explanation } : {}
  return { code: status, title, explanation, error: { type, traceback: null, ...message } }
}

/** What a handler of the Heat dialect throws to refuse. `cause` is for the log only. */
export class HeatError extends Error {
  readonly errorName: HeatErrorName
  readonly detail: string | undefined

  constructor(errorName: HeatErrorName, detail?: string, options?: { cause?: unknown }) {
    super(detail ?? heatErrorEntry(errorName).explanation, options)
    this.name = 'HeatError'
    this.errorName = errorName
    this.detail = detail
  }
}

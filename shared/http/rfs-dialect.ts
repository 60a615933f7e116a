/** RFS: everything about a request is checked at once, refusals are `{error_code, error_msg}`. */
import { type CatalogueEntry, errorEntry, RfsError } from '../contract/errors.ts'
import type { Dialect, Refusal } from './dialect.ts'
import { parseRequest } from './request.ts'

/** The catalogue's text, followed by the sentence that says what to change. */
export function errorBody(entry: CatalogueEntry, detail?: string): string {
  return JSON.stringify({ error_code: entry.code, error_msg: detail ? `${entry.message} ${detail}` : entry.message })
}

/** The header that says when to come back, where the error knows it. */
export function retryAfter({ retryAfterSeconds: seconds }: RfsError): Pick<Refusal, 'headers'> {
  return seconds === undefined ? {} : { headers: { 'Retry-After': String(seconds) } }
}

export const rfsDialect: Dialect = {
  read: () => undefined,
  check: (operation, event) => parseRequest(operation, event),
  refusal: (error) => {
    const intended = error instanceof RfsError
    const entry = errorEntry(intended ? error.errorName : 'Internal')
    return {
      status: entry.status,
      body: errorBody(entry, intended ? error.detail : undefined),
      intended,
      ...(intended ? retryAfter(error) : {}),
    }
  },
  headers: () => ({}),
}

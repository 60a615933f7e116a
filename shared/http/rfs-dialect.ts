/** RFS: everything about a request is checked at once, refusals are `{error_code, error_msg}`. */
import { type CatalogueEntry, errorEntry, RfsError } from '../contract/errors.ts'
import type { Dialect } from './dialect.ts'
import { parseRequest } from './request.ts'

/** The catalogue's text, followed by the sentence that says what to change. */
export function errorBody(entry: CatalogueEntry, detail?: string): string {
  return JSON.stringify({ error_code: entry.code, error_msg: detail ? `${entry.message} ${detail}` : entry.message })
}

export const rfsDialect: Dialect = {
  read: () => undefined,
  check: (operation, event) => parseRequest(operation, event),
  refusal: (error) => {
    const intended = error instanceof RfsError
    const entry = errorEntry(intended ? error.errorName : 'Internal')
    const seconds = intended ? error.retryAfterSeconds : undefined
    return {
      status: entry.status,
      body: errorBody(entry, intended ? error.detail : undefined),
      intended,
      ...(seconds === undefined ? {} : { headers: { 'Retry-After': String(seconds) } }),
    }
  },
  headers: () => ({}),
}

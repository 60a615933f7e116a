/** A thrown error -> status and `{error_code, error_msg}`. What is not an `RfsError` says nothing but that it is ours. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda'
import { errorFields } from '../aws/log.ts'
import { type CatalogueEntry, errorEntry, RfsError } from '../contract/errors.ts'
import { logOf } from './request-log.ts'

/** The catalogue's text, followed by the sentence that says what to change. */
export function errorBody(entry: CatalogueEntry, detail?: string): string {
  return JSON.stringify({ error_code: entry.code, error_msg: detail ? `${entry.message} ${detail}` : entry.message })
}

function retryHeader(seconds: number | undefined): Record<string, string> {
  return seconds === undefined ? {} : { 'Retry-After': String(seconds) }
}

export function errorMapping(): MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult> {
  return {
    onError: (request) => {
      const { error } = request
      const known = error instanceof RfsError
      const entry = errorEntry(known ? error.errorName : 'Internal')
      if (!known) logOf(request).error('request failed unexpectedly', errorFields(error))
      request.response = {
        statusCode: entry.status,
        headers: { 'Content-Type': 'application/json', ...retryHeader(known ? error.retryAfterSeconds : undefined) },
        body: errorBody(entry, known ? error.detail : undefined),
      }
    },
  }
}

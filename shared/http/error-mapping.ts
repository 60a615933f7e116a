/** A thrown error -> the refusal that the operation's dialect has for it. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda'
import { errorFields } from '../aws/log.ts'
import type { Operation } from '../contract/operation.ts'
import { dialectOf } from './dialect.ts'
import { logOf } from './request-log.ts'

export function errorMapping(operation: Operation): MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult> {
  return {
    onError: (request) => {
      const { status, body, intended, headers } = dialectOf(operation).refusal(request.error, operation)
      if (!intended) logOf(request).error('request failed unexpectedly', errorFields(request.error))
      request.response = { statusCode: status, headers: { 'Content-Type': 'application/json', ...headers }, body }
    },
  }
}

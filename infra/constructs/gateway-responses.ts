/**
 * What API Gateway answers by itself, in the shape of every other error of the service.
 * These templates know no escaping: a text is either fixed here, or `$context.error.messageString`, which is quoted already.
 */
import { type GatewayResponseOptions, ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway'
import { type ErrorName, errorEntry } from '../../shared/contract/errors.ts'
import { unknownRoute as unknown } from '../../shared/contract/unknown-route.ts'

interface Answer {
  readonly type: ResponseType
  /** The gateway's own status when absent. */
  readonly status?: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

const body = (code: string, message: string) => JSON.stringify({ error_code: code, error_msg: message })

function fromCatalogue(type: ResponseType, name: ErrorName, headers?: Answer['headers']): Answer {
  const { status, code, message } = errorEntry(name)
  return { type, status, body: body(code, message), ...(headers ? { headers } : {}) }
}

function unknownRoute(type: ResponseType): Answer {
  return { type, status: 404, body: JSON.stringify(unknown) }
}

const retryLater = { 'Retry-After': "'5'" }

const answers: readonly Answer[] = [
  unknownRoute(ResponseType.MISSING_AUTHENTICATION_TOKEN),
  unknownRoute(ResponseType.RESOURCE_NOT_FOUND),
  // No route asks for a signature of AWS. The gateway looks for one in `Authorization` only when no route fits.
  unknownRoute(ResponseType.INVALID_SIGNATURE),
  unknownRoute(ResponseType.EXPIRED_TOKEN),
  fromCatalogue(ResponseType.THROTTLED, 'TooManyRequests', retryLater),
  fromCatalogue(ResponseType.QUOTA_EXCEEDED, 'TooManyRequests', retryLater),
  {
    type: ResponseType.REQUEST_TOO_LARGE,
    status: 413,
    body: body('APIGW.0201', 'The request body is larger than the limit of 10 MB.'),
  },
  {
    type: ResponseType.INTEGRATION_TIMEOUT,
    status: 504,
    body: body('APIGW.0203', 'The service did not answer in time. Read the stack before you repeat the request.'),
  },
  {
    type: ResponseType.INTEGRATION_FAILURE,
    status: 502,
    body: body('APIGW.0204', 'The service is not available. Please try again in a few minutes.'),
  },
  { type: ResponseType.DEFAULT_4XX, body: '{"error_code":"APIGW.0400","error_msg":$context.error.messageString}' },
  fromCatalogue(ResponseType.DEFAULT_5XX, 'Internal'),
]

/** Adds the answers to an API, each with the id of its request. */
export function addGatewayResponses(api: RestApi): void {
  for (const { type, status, body: template, headers } of answers) {
    const options: GatewayResponseOptions = {
      type,
      ...(status ? { statusCode: String(status) } : {}),
      responseHeaders: { 'X-Request-Id': 'context.requestId', ...headers },
      templates: { 'application/json': template },
    }
    api.addGatewayResponse(type.responseType, options)
  }
}

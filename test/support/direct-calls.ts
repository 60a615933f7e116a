/**
 * The handlers of operations, called in this process as Lambda would call them, with every call that they make to table,
 * bucket and queue counted. The stores are real; where they are comes from the environment, as in a function.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest } from 'node:http'
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda'
import { localCredentials } from '../../infra/local/sdk-settings.ts'
import type { Operation } from '../../shared/contract/operation.ts'
import { type GivenRequest, proxyEvent } from './proxy-event.ts'

export type Called = Pick<Operation, 'id' | 'group' | 'path' | 'method' | 'success'>

export interface StoreLocation {
  readonly endpoints: { readonly dynamodb: string; readonly s3: string; readonly sqs: string }
  readonly tableName: string
  readonly bucketName: string
  readonly queueUrl: string
}

/** For calls that no client signs. */
const token = 'a-token-of-nobody'

/** Gives this process the environment of a function whose callers may do everything in one project. */
export function becomeFunction({ endpoints, tableName, bucketName, queueUrl }: StoreLocation, project: string): void {
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    TABLE_NAME: tableName,
    BUCKET_NAME: bucketName,
    QUEUE_URL: queueUrl,
    RUNNER_FUNCTION_NAME: 'nobody',
    FETCHER_FUNCTION_NAME: 'nobody',
    RUNNER_TIMEOUT_SECONDS: '900',
    EVENT_MESSAGE_CHARACTERS: '4096',
    STACK_QUOTA: '100000',
    PLAN_QUOTA: '10000',
    TEMPLATE_QUOTA: '10000',
    TEMPLATE_VERSION_QUOTA: '10000',
    TEMPLATE_HOSTS: '',
    PRIVATE_TEMPLATE_HOSTS: '',
    STACKS_IN_CREATION: '500',
    PLANS_IN_CREATION: '500',
    TEMPLATE_PROFILE: 'open',
    MAX_REQUEST_BYTES: '2097152',
    COMMANDS_PER_MINUTE: '1000000',
    TOKEN_ISSUER: '',
    TOKEN_AUDIENCE: '',
    TOKEN_JWKS_URL: '',
    TOKEN_CLAIMS: '',
    TOKEN_ROLES: '',
    RFS_DEVELOPMENT_TOKEN: `${project}:${token}`,
  })
}

/** Without the lines that a function logs. */
async function silently<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  const { write } = process.stdout
  process.stdout.write = () => true
  try {
    return await work()
  } finally {
    process.stdout.write = write
  }
}

/** `GetItem`, `SendMessage` and so on; of the bucket the method. */
function nameOfCall(message: unknown): string {
  const { request } = message as { request: ClientRequest & { method: string } }
  const target = typeof request.getHeader === 'function' ? request.getHeader('x-amz-target') : undefined
  return target === undefined ? `${request.method} object` : String(target).replace(/^.*\./, '')
}

/** Everything that goes over HTTP from this process meanwhile, by name and in order. */
export async function countingCalls<Answer>(
  work: () => Promise<Answer>,
): Promise<{ answer: Answer; calls: readonly string[] }> {
  const calls: string[] = []
  const note = (message: unknown) => void calls.push(nameOfCall(message))
  const channels = ['http.client.request.start', 'undici:request:create']
  for (const channel of channels) subscribe(channel, note)
  try {
    return { answer: await silently(work), calls }
  } finally {
    for (const channel of channels) unsubscribe(channel, note)
  }
}

export interface DirectAnswer {
  readonly status: number
  readonly body: unknown
  readonly bytes: number
  readonly calls: readonly string[]
}

/** One call of an operation. */
export async function callDirectly(operation: Called, given: GivenRequest): Promise<DirectAnswer> {
  const module = await import(`../../functions/${operation.group}/${operation.id}.ts`)
  const headers = { 'X-Auth-Token': token, ...given.headers }
  const event: APIGatewayProxyEvent = proxyEvent(operation, { ...given, headers })
  const { answer, calls } = await countingCalls<APIGatewayProxyResult>(() => module.handler(event, {}))
  const { statusCode, body } = answer
  return { status: statusCode, body: body ? JSON.parse(body) : undefined, bytes: Buffer.byteLength(body), calls }
}

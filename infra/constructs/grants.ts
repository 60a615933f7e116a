/**
 * Access words -> policy statements and the variables that say where: one lookup for both, so that no function can have the
 * name of something it may not touch, or the other way round.
 */
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { Bucket } from 'aws-cdk-lib/aws-s3'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { agencySecretPurpose } from '../../shared/agency/agency-secrets.ts'
import type { VariableName } from '../../shared/aws/environment.ts'
import type { Access } from '../../shared/contract/operation.ts'
import { priceBookKey } from '../../shared/plan/price-book.ts'
import { encryptedVariablePurpose } from '../../shared/template/encrypted-variables.ts'

/** What the words of the contract are about. */
export interface Resources {
  readonly table: Table
  readonly bucket: Bucket
  readonly queue: Queue
  readonly runner: IFunction
  readonly fetcher: IFunction
  /** Wraps the data keys of stored secrets. */
  readonly secretsKey: IKey
}

export interface Grants {
  readonly statements: readonly PolicyStatement[]
  readonly variables: Readonly<Partial<Record<VariableName, string>>>
}

export const noGrants: Grants = { statements: [], variables: {} }

/**
 * `job-secrets:read` is for the worker: what a job needs to decrypt, and nothing of callers. `callers:read` is for every operation that not everybody may call. `jobs:read` is for the sweeper alone: the only reader
 * of stacks across projects. `queue:consume` is what Lambda's poller needs.
 */
export type JobAccess = Access | 'callers:read' | 'job-secrets:read' | 'jobs:read' | 'queue:consume'

const readActions = ['dynamodb:GetItem', 'dynamodb:Query']
const writeActions = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem']

interface Meaning {
  readonly variable?: VariableName
  /** Allow, when absent. */
  readonly effect?: Effect
  readonly actions: readonly string[]
  readonly on: (resources: Resources) => string[]
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

const purposeInContext = 'kms:EncryptionContext:purpose'

const accessKeyItems = ['ACCESSKEY*']
const onlyAccessKeys = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': accessKeyItems } }
const anyOfOperator = { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': [...accessKeyItems, priceBookKey.pk] } }

const table = ({ table: { tableArn } }: Resources) => [tableArn, `${tableArn}/index/listing`]
const objects = ({ bucket }: Resources) => [bucket.arnForObjects('projects/*')]
const bucket = (resources: Resources) => [resources.bucket.bucketArn]
const queue = (resources: Resources) => [resources.queue.queueArn]

const meanings: Readonly<Record<JobAccess, readonly Meaning[]>> = {
  'table:read': [{ variable: 'TABLE_NAME', actions: readActions, on: table }],
  'table:write': [
    { variable: 'TABLE_NAME', actions: readActions, on: table },
    { variable: 'TABLE_NAME', actions: writeActions, on: ({ table: { tableArn } }) => [tableArn] },
    // Only an operator makes callers, with rights of their own, and prices: a function that was taken over must not.
    {
      effect: Effect.DENY,
      actions: writeActions,
      on: ({ table: { tableArn } }) => [tableArn],
      conditions: anyOfOperator,
    },
  ],
  'callers:read': [
    {
      variable: 'TABLE_NAME',
      actions: ['dynamodb:GetItem'],
      on: ({ table: { tableArn } }) => [tableArn],
      conditions: onlyAccessKeys,
    },
    { variable: 'SECRETS_KEY_ARN', actions: ['kms:Decrypt'], on: ({ secretsKey }) => [secretsKey.keyArn] },
  ],
  'job-secrets:read': [
    {
      variable: 'SECRETS_KEY_ARN',
      actions: ['kms:Decrypt'],
      on: ({ secretsKey }) => [secretsKey.keyArn],
      conditions: { StringEquals: { [purposeInContext]: [encryptedVariablePurpose, agencySecretPurpose] } },
    },
    // Keys of projects, which their owner opens to the service by a tag.
    {
      actions: ['kms:Decrypt'],
      on: ({ secretsKey }) => [secretsKey.stack.formatArn({ service: 'kms', resource: 'key', resourceName: '*' })],
      conditions: {
        StringEquals: {
          [purposeInContext]: [encryptedVariablePurpose],
          'aws:ResourceTag/rfs-variables': ['allowed'],
        },
      },
    },
  ],
  'jobs:read': [{ actions: ['dynamodb:Query'], on: ({ table: { tableArn } }) => [`${tableArn}/index/jobs`] }],
  'bucket:read': [
    { variable: 'BUCKET_NAME', actions: ['s3:GetObject'], on: objects },
    // Without it S3 answers 403 instead of 404 for an object that is not there, and a reader must tell these apart.
    { actions: ['s3:ListBucket'], on: bucket },
  ],
  'bucket:write': [{ variable: 'BUCKET_NAME', actions: ['s3:PutObject', 's3:DeleteObject'], on: objects }],
  'bucket:list': [{ variable: 'BUCKET_NAME', actions: ['s3:ListBucket'], on: bucket }],
  'queue:send': [{ variable: 'QUEUE_URL', actions: ['sqs:SendMessage'], on: queue }],
  'queue:consume': [{ actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], on: queue }],
  // Also what Lambda demands for an invocation with a response stream.
  'runner:invoke': [
    { variable: 'RUNNER_FUNCTION_NAME', actions: ['lambda:InvokeFunction'], on: ({ runner }) => [runner.functionArn] },
  ],
  'fetcher:invoke': [
    {
      variable: 'FETCHER_FUNCTION_NAME',
      actions: ['lambda:InvokeFunction'],
      on: ({ fetcher }) => [fetcher.functionArn],
    },
  ],
}

/** The statements and variables of a list of access words; each statement once, whichever words ask for it. */
export function grantsFor(access: readonly JobAccess[], resources: Resources): Grants {
  const names: Partial<Record<VariableName, string>> = {
    TABLE_NAME: resources.table.tableName,
    BUCKET_NAME: resources.bucket.bucketName,
    QUEUE_URL: resources.queue.queueUrl,
    RUNNER_FUNCTION_NAME: resources.runner.functionName,
    FETCHER_FUNCTION_NAME: resources.fetcher.functionName,
    SECRETS_KEY_ARN: resources.secretsKey.keyArn,
  }
  const asked = access.flatMap((word) => meanings[word])
  const statements = asked.map(
    ({ effect, actions, on, conditions }) =>
      new PolicyStatement({
        ...(effect ? { effect } : {}),
        actions: [...actions],
        resources: on(resources),
        ...(conditions ? { conditions } : {}),
      }),
  )
  const once = new Map(statements.map((statement) => [JSON.stringify(statement.toStatementJson()), statement]))
  const variables = asked.flatMap(({ variable }) => (variable ? [variable] : []))
  return {
    statements: [...once.values()],
    variables: Object.fromEntries(variables.map((name) => [name, names[name]])),
  }
}

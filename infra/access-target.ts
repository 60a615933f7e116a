/** Where the operator's command finds the access keys: the service on this machine, or one that is deployed on AWS. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { AwsClient } from 'aws4fetch'
import { type AccessKeyStore, openAccessKeyStore } from '../shared/auth/access-keys.ts'
import { kmsKeyService } from '../shared/auth/kms.ts'
import { type KeyService, localKeyService } from '../shared/auth/secrets.ts'
import { openTable, type Table } from '../shared/aws/table.ts'
import { type Credentials, credentialsFile, type EndpointFile } from './local/data-folder.ts'
import { sdkSettings } from './local/sdk-settings.ts'

export type Target =
  | { kind: 'local'; data: string }
  /** The CloudFormation stack `rfs-<stage>`, or `rfs` for an empty stage. */
  | { kind: 'stage'; stage: string; region?: string | undefined }
  | { kind: 'table'; table: string; keyArn: string; region?: string | undefined }

/** The table, and the key that wraps the data keys of what it keeps secret. */
export interface SecretPlace {
  readonly table: Table
  readonly keys: KeyService
  /** The service of another key by its id; on one machine always its own key. */
  readonly keysById: (keyId: string) => KeyService
  /** Of the key on AWS; undefined on one machine, where any id will do. */
  readonly keyId: string | undefined
}

type Use<Result> = (store: AccessKeyStore) => Promise<Result>
type UsePlace<Result> = (place: SecretPlace) => Promise<Result>

/**
 * Opens the store of the target, and closes it when `use` is done.
 * @throws Error with a sentence for the operator
 */
export function withStoreOf<Result>(target: Target, use: Use<Result>): Promise<Result> {
  return withSecretsOf(target, ({ table, keys }) => use(openAccessKeyStore(table, keys)))
}

/**
 * Opens the table and the key of the target, and closes them when `use` is done.
 * @throws Error with a sentence for the operator
 */
export async function withSecretsOf<Result>(target: Target, use: UsePlace<Result>): Promise<Result> {
  if (target.kind === 'local') return withLocalSecrets(target.data, use)
  const client = new DynamoDBClient(target.region ? { region: target.region } : {})
  try {
    const aws = { ...(await client.config.credentials()), region: await client.config.region() }
    const { table, keyArn } = target.kind === 'table' ? target : await readOutputs(target.stage, aws)
    const keysById = (id: string) => kmsKeyService({ ...aws, keyArn: id, endpoint: process.env.AWS_ENDPOINT_URL_KMS })
    const keyId = keyArn.split('/').at(-1)
    return await use({ table: openTable(table, client), keys: keysById(keyArn), keysById, keyId })
  } finally {
    client.destroy()
  }
}

async function withLocalSecrets<Result>(data: string, use: UsePlace<Result>): Promise<Result> {
  const read = async <Content>(file: string): Promise<Content> => {
    const text = await readFile(join(data, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      throw new Error(`no service is running with the data folder ${data}: start it, or name another one with --data`)
    })
    return JSON.parse(text) as Content
  }
  const { table } = await read<EndpointFile>('endpoint.json')
  const { secretsKey } = await read<Credentials>(credentialsFile)
  const keys = localKeyService(secretsKey)
  const client = new DynamoDBClient(sdkSettings(table.endpoint, table.accessKeyId))
  try {
    return await use({ table: openTable(table.name, client), keys, keysById: () => keys, keyId: undefined })
  } finally {
    client.destroy()
  }
}

type Aws = { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined; region: string }

/** CloudFormation's own answer, in its XML: one request does not justify its client. */
async function readOutputs(stage: string, { region, ...credentials }: Aws): Promise<{ table: string; keyArn: string }> {
  const stackName = stage === '' ? 'rfs' : `rfs-${stage}`
  const aws = new AwsClient({ ...credentials, region, service: 'cloudformation' })
  const endpoint = process.env.AWS_ENDPOINT_URL_CLOUDFORMATION ?? `https://cloudformation.${region}.amazonaws.com`
  const query = new URLSearchParams({ Action: 'DescribeStacks', Version: '2010-05-15', StackName: stackName })
  const response = await aws.fetch(`${endpoint}/?${query}`)
  const xml = await response.text()
  if (!response.ok) {
    throw new Error(`${stackName}: ${textOf(xml, 'Message') ?? `CloudFormation answered ${response.status}`}`)
  }
  const outputs = new Map(xml.split('<member>').map((part) => [textOf(part, 'OutputKey'), textOf(part, 'OutputValue')]))
  const [table, keyArn] = [outputs.get('TableName'), outputs.get('SecretsKeyArn')]
  if (!table || !keyArn) throw new Error(`the stack ${stackName} has no outputs TableName and SecretsKeyArn`)
  return { table, keyArn }
}

function textOf(xml: string, tag: string): string | undefined {
  return new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1]
}

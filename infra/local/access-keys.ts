/** Access keys in the table of a service on this machine, written by the code that the operator's command uses, too. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { type AccessKeyStore, type GivenAccessKey, openAccessKeyStore } from '../../shared/auth/access-keys.ts'
import { localKeyService } from '../../shared/auth/secrets.ts'
import { openTable } from '../../shared/aws/table.ts'
import { sdkSettings } from './sdk-settings.ts'

export type LocalTable = {
  endpoint: string
  name: string
  /** What the endpoint asks of its callers. */
  accessKeyId: string
}

/**
 * Opens the store, and closes it when `use` is done.
 * @param secretsKey 32 bytes in base64: the machine's key, which its functions have as well
 */
export async function withAccessKeys<Result>(
  table: LocalTable,
  secretsKey: string,
  use: (store: AccessKeyStore) => Promise<Result>,
): Promise<Result> {
  const client = new DynamoDBClient(sdkSettings(table.endpoint, table.accessKeyId))
  try {
    return await use(openAccessKeyStore(openTable(table.name, client), localKeyService(secretsKey)))
  } finally {
    client.destroy()
  }
}

/** @returns the names of those that stay revoked */
export async function saveAccessKeys(store: AccessKeyStore, keys: readonly GivenAccessKey[]): Promise<string[]> {
  const refused: string[] = []
  for (const key of keys) if (!(await store.save(key, new Date()))) refused.push(key.accessKey)
  return refused
}

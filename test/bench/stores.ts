/** The table and the bucket of a running cloud, opened as its functions open them. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { localRegion } from '../../infra/local/physical-names.ts'
import { localCredentials, sdkSettings } from '../../infra/local/sdk-settings.ts'
import { type Blobs, openBlobs } from '../../shared/aws/blobs.ts'
import { openTable, type Table } from '../../shared/aws/table.ts'
import type { BenchCloud } from './bench-cloud.ts'

export interface OpenStores {
  readonly table: Table
  readonly blobs: Blobs
  close(): void
}

export function openStores({ endpoints, tableName, bucketName }: BenchCloud): OpenStores {
  const client = new DynamoDBClient(sdkSettings(endpoints.dynamodb))
  // The bucket is opened by what a function's environment says.
  Object.assign(process.env, {
    AWS_REGION: localRegion,
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    BUCKET_NAME: bucketName,
  })
  return { table: openTable(tableName, client), blobs: openBlobs(), close: () => client.destroy() }
}

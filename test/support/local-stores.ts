/** The stores of the synthesized template without its functions: what is put on the queue stays there. */
import { readCloudModel } from '../../infra/local/cloud-model.ts'
import { startQueueBucketService } from '../../infra/local/queue-bucket-service.ts'
import { resolveResources } from '../../infra/local/resolved-resource.ts'
import { startTableService } from '../../infra/local/table-service.ts'
import { readAssembly } from '../../infra/local/template.ts'
import type { StoreLocation } from './direct-calls.ts'

export interface LocalStores extends StoreLocation {
  stop(): Promise<void>
}

export async function startLocalStores(assemblyFolder: string): Promise<LocalStores> {
  const [tables, queuesAndBuckets] = await Promise.all([startTableService(), startQueueBucketService()])
  const { endpoint } = queuesAndBuckets
  const assembly = await readAssembly(assemblyFolder)
  const model = readCloudModel(resolveResources(assembly, {}, endpoint), assembly.assetFolders)
  for (const table of model.tables) await tables.createTable(table)
  for (const queue of model.queues) await queuesAndBuckets.createQueue(queue)
  for (const bucket of model.buckets) queuesAndBuckets.createBucket(bucket)
  const [table] = model.tables
  const [bucket] = model.buckets
  const jobs = model.eventSources.find(({ functionName }) => functionName.includes('Worker'))
  const queue = model.queues.find(({ name }) => name === jobs?.queueName)
  if (!table || !bucket || !queue) throw new Error('the template lacks a table, a bucket or the queue of jobs')
  return {
    endpoints: { dynamodb: tables.endpoint, s3: endpoint, sqs: endpoint },
    tableName: table.name,
    bucketName: bucket.name,
    queueUrl: `${endpoint}/000000000000/${queue.name}`,
    stop: async () => void (await Promise.all([tables.stop(), queuesAndBuckets.stop()])),
  }
}

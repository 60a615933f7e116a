/** The local table's service as such: that it ends well, whatever its callers do. */
import { once } from 'node:events'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { localCredentials } from '../../../infra/local/sdk-settings.ts'
import { startTableService } from '../../../infra/local/table-service.ts'

const name = 'things'
const definition = {
  logicalId: 'Table',
  name,
  properties: {
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  },
}

/** Sends a write, and is gone as soon as it is sent, like a function whose thread is ended. */
async function writeAndGo(endpoint: string, pk: string): Promise<void> {
  const body = JSON.stringify({ TableName: name, Item: { pk: { S: pk }, text: { S: 'x'.repeat(50_000) } } })
  const sent = request(endpoint, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-amz-json-1.0',
      'X-Amz-Target': 'DynamoDB_20120810.PutItem',
      'X-Amz-Date': '20260301T120000Z',
      Authorization: `AWS4-HMAC-SHA256 Credential=${localCredentials.accessKeyId}/20260301/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none`,
    },
  })
  sent.on('error', () => undefined)
  sent.end(body)
  await once(sent, 'finish')
  await sleep(1)
  sent.destroy()
}

// Bug: the whole program ended with "Database is closed" when a cloud was stopped while its functions were at work.
test('stops while writes are under way whose callers are gone, and the program goes on', async () => {
  const thrown: unknown[] = []
  const note = (error: unknown) => thrown.push(error)
  process.on('uncaughtException', note)
  for (let round = 0; round < 5; round += 1) {
    const service = await startTableService()
    await service.createTable(definition)
    await Promise.all(Array.from({ length: 40 }, (_, at) => writeAndGo(service.endpoint, `thing-${at}`)))
    await service.stop()
  }
  // What dynalite throws comes from a later turn of the loop.
  await sleep(20)
  process.removeListener('uncaughtException', note)
  expect(thrown).toEqual([])
})

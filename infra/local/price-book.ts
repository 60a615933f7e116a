/** The price book in the table of a service on this machine, written by the code that the operator's command uses, too. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { openTable } from '../../shared/aws/table.ts'
import { openPriceBookStore } from '../../shared/plan/price-book.ts'
import type { LocalTable } from './access-keys.ts'
import { sdkSettings } from './sdk-settings.ts'

/** @throws Error with a sentence for the operator when the text is no price book */
export async function setPriceBook({ endpoint, name, accessKeyId }: LocalTable, text: string): Promise<void> {
  const client = new DynamoDBClient(sdkSettings(endpoint, accessKeyId))
  try {
    await openPriceBookStore(openTable(name, client)).set(text)
  } finally {
    client.destroy()
  }
}

/** The items of a plan, as a blob. */
import * as z from 'zod/mini'
import { BlobMissing, type Blobs, openBlobs } from '../aws/blobs.ts'
import { PlanItem } from '../engine/protocol.ts'

export interface PlanItemStore {
  save(key: string, items: readonly PlanItem[]): Promise<void>
  /** @throws BlobMissing */
  load(key: string): Promise<PlanItem[]>
}

const Items = z.array(PlanItem)

export function openPlanItemStore(blobs: Blobs = openBlobs()): PlanItemStore {
  return {
    save: (key, items) => blobs.put(key, JSON.stringify(items), 'application/json'),
    load: async (key) => {
      const content = await blobs.get(key)
      if (content === undefined) throw new BlobMissing(key)
      return Items.parse(JSON.parse(content))
    },
  }
}

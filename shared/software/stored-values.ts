/**
 * Values of any kind and size in a record: as JSON text in the item up to a limit, beyond it in the bucket under a key of
 * their own. Text, because a table knows neither the order of keys nor every number.
 *
 * The limit is per field, so that a write of one field need not know the others: four fields at the limit and everything
 * else stay far below the 400 KB of an item. It is low because each change of the item is charged by all of its size.
 */
import { v4 as uuid } from 'uuid'
import { BlobMissing, type Blobs } from '../aws/blobs.ts'

export const largestInlineBytes = 16_384

/** `json` or `blob`, never both. */
export interface StoredValue {
  readonly json?: string
  readonly blob?: string
}

/** What has to be in the bucket before a record may point to it: key -> content. */
export type Objects = ReadonlyMap<string, string>

/** Values for a record that is not written yet. */
export interface Draft {
  /** Those that are too large for it; see `large-values.ts`. */
  readonly objects: Objects
  add(value: unknown): StoredValue
}

/** @param prefix of the keys in the bucket, which are never used twice */
export function newDraft(prefix: string): Draft {
  const objects = new Map<string, string>()
  return {
    objects,
    add: (value) => {
      const json = JSON.stringify(value ?? null)
      if (Buffer.byteLength(json) <= largestInlineBytes) return { json }
      const blob = `${prefix}${uuid()}.json`
      objects.set(blob, json)
      return { blob }
    },
  }
}

/** The value; null for a field that was never set. */
export async function loadValue(blobs: Pick<Blobs, 'get'>, stored: StoredValue | undefined): Promise<unknown> {
  if (stored?.blob === undefined) return stored?.json === undefined ? null : JSON.parse(stored.json)
  const json = await blobs.get(stored.blob)
  if (json === undefined) throw new BlobMissing(stored.blob)
  return JSON.parse(json)
}

/** How much of some fields is in the record itself. */
export function inlineBytes(values: readonly (StoredValue | undefined)[]): number {
  return values.reduce((sum, value) => sum + Buffer.byteLength(value?.json ?? ''), 0)
}

/** The keys in the bucket that some fields of a record point to. */
export function blobsOf(values: readonly (StoredValue | undefined)[]): string[] {
  return values.flatMap((value) => (value?.blob === undefined ? [] : [value.blob]))
}

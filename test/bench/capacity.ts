/**
 * What DynamoDB counts for a call, in request units: the rules of its developer guide (item sizes, reads and writes, secondary
 * indexes). The local table counts neither its indexes nor bytes of text outside of ASCII, so its own numbers are of no use.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'

export type RawItem = Readonly<Record<string, AttributeValue>>

/** A secondary index as far as it costs something. */
export interface CountedIndex {
  /** The attributes of its key; an item without one of them is not in the index. */
  readonly keys: readonly string[]
  /** What an entry holds. */
  readonly projected: 'ALL' | 'KEYS_ONLY'
}

const textBytes = (text: string) => Buffer.byteLength(text, 'utf8')

/** About a byte for two digits, and one more. */
function numberBytes(text: string): number {
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/[^0-9]/g, '')
    .replace(/^0+|0+$/g, '')
  return Math.ceil(digits.length / 2) + 1
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return textBytes(value.S)
  if (value.N !== undefined) return numberBytes(value.N)
  // As it comes over the wire: in base64.
  if (value.B !== undefined) return Buffer.from(value.B as unknown as string, 'base64').byteLength
  if (value.SS !== undefined) return value.SS.reduce((sum, text) => sum + textBytes(text), 0)
  if (value.NS !== undefined) return value.NS.reduce((sum, text) => sum + numberBytes(text), 0)
  if (value.L !== undefined) return 3 + value.L.reduce((sum, each) => sum + 1 + valueBytes(each), 0)
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemBytes(value.M)
  return 1
}

export function itemBytes(item: RawItem): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + textBytes(name) + valueBytes(value), 0)
}

/** Of a read of so many bytes in all; one that finds nothing counts as the smallest. */
export function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / 4096)) * (consistent ? 1 : 0.5)
}

const writeUnitsOf = (bytes: number) => Math.max(1, Math.ceil(bytes / 1024))

function entryOf(item: RawItem | undefined, { keys, projected }: CountedIndex, tableKeys: readonly string[]) {
  if (!item || keys.some((name) => item[name] === undefined)) return undefined
  if (projected === 'ALL') return item
  return Object.fromEntries(Object.entries(item).filter(([name]) => keys.includes(name) || tableKeys.includes(name)))
}

function indexUnits(before: RawItem | undefined, after: RawItem | undefined, keys: readonly string[]): number {
  if (!before || !after) return before || after ? writeUnitsOf(itemBytes(before ?? after ?? {})) : 0
  const moved = keys.some((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
  if (moved) return writeUnitsOf(itemBytes(before)) + writeUnitsOf(itemBytes(after))
  if (JSON.stringify(before) === JSON.stringify(after)) return 0
  return writeUnitsOf(Math.max(itemBytes(before), itemBytes(after)))
}

/** Of a write that took effect: undefined before is a new item, undefined after a deleted one. */
export function writeUnits(
  before: RawItem | undefined,
  after: RawItem | undefined,
  indexes: readonly CountedIndex[],
  tableKeys: readonly string[],
): number {
  const ofTable = writeUnitsOf(Math.max(itemBytes(before ?? {}), itemBytes(after ?? {})))
  return indexes.reduce(
    (sum, index) => sum + indexUnits(entryOf(before, index, tableKeys), entryOf(after, index, tableKeys), index.keys),
    ofTable,
  )
}

/** Of a write whose condition did not hold: as much as the item that is there. */
export function refusedUnits(found: RawItem | undefined): number {
  return writeUnitsOf(itemBytes(found ?? {}))
}

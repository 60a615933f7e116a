/** The items of the simulated table, and what each command of DynamoDB does with them. Strict: what it does not know throws. */
import type { AttributeValue, QueryCommandInput, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { Item } from '../../../shared/aws/table.ts'
import { holds } from './conditions.ts'
import { readTokens, refuseUnused, type StoredItem, type TokenReader, UnknownExpression } from './expressions.ts'
import { indexOf, queryRows, type Rows, termsOf } from './table-query.ts'
import { updated } from './updates.ts'

export interface TableWrite {
  readonly pk: string
  readonly sk: string
  /** As the stores see them; undefined: no item. */
  readonly before: Item | undefined
  readonly after: Item | undefined
}

/** The condition did not hold. */
export class ConditionRefused extends Error {}

type Attributes = Record<string, AttributeValue>
interface Conditional {
  readonly ConditionExpression?: string | undefined
  readonly ExpressionAttributeNames?: Record<string, string> | undefined
  readonly ExpressionAttributeValues?: Attributes | undefined
}

export interface SimulatedTable {
  get(key: Attributes): StoredItem | undefined
  /** @throws ConditionRefused */
  put(item: Attributes, condition?: Conditional): void
  /** @returns what was there before. @throws ConditionRefused */
  update(input: UpdateItemCommandInput): StoredItem | undefined
  /** @throws ConditionRefused */
  delete(key: Attributes, condition?: Conditional): void
  query(input: QueryCommandInput): Rows
  /** The item of a key, as the stores see it. */
  find(pk: string, sk: string): Item | undefined
  /** Every item whose partition begins so, as the stores see them. */
  items(pkPrefix?: string): Item[]
  onWrite(listener: (write: TableWrite) => void): void
}

export interface TableOptions {
  /** Most rows of one answer. */
  readonly mostRows?: number
  /** The writes that the global index does not show yet are those after this moment; drawn for each query. */
  readonly indexedUntilMs?: () => number
  readonly nowMs?: () => number
}

const plainItems = new WeakMap<StoredItem, Item>()

function plain(item: StoredItem | undefined): Item | undefined {
  if (!item) return undefined
  const known = plainItems.get(item)
  if (known) return known
  const made = unmarshall(item)
  plainItems.set(item, made)
  return made
}

function textOf(attributes: StoredItem, name: string): string {
  const text = attributes[name]?.S
  if (text === undefined) throw new UnknownExpression(`the key attribute ${name} is no text`)
  return text
}

const indexKeys = ['listingKey', 'jobShard', 'jobDueAt']

function checkIndexKeys(item: StoredItem): void {
  for (const name of indexKeys) if (item[name] !== undefined) textOf(item, name)
}

/** The index of jobs: keys only, and behind the table by as much as is drawn. */
function openJobsIndex({ indexedUntilMs = () => Number.POSITIVE_INFINITY, nowMs = () => 0 }: TableOptions) {
  const entries = new Map<string, StoredItem>()
  const waiting: { key: string; atMs: number; entry: StoredItem | undefined }[] = []
  return {
    note: (key: string, { pk, sk, jobShard, jobDueAt }: StoredItem = {}) => {
      const entry = pk && sk && jobShard && jobDueAt ? { pk, sk, jobShard, jobDueAt } : undefined
      waiting.push({ key, atMs: nowMs(), entry })
    },
    rows: (): StoredItem[] => {
      const untilMs = indexedUntilMs()
      while (waiting[0] && waiting[0].atMs <= untilMs) {
        const { key, entry } = waiting.shift() as (typeof waiting)[number]
        if (entry) entries.set(key, entry)
        else entries.delete(key)
      }
      return [...entries.values()]
    },
  }
}

export function openSimulatedTable(options: TableOptions = {}): SimulatedTable {
  const { mostRows = 1000 } = options
  const partitions = new Map<string, Map<string, StoredItem>>()
  const listeners: ((write: TableWrite) => void)[] = []
  const jobs = openJobsIndex(options)

  const get = (key: StoredItem) => partitions.get(textOf(key, 'pk'))?.get(textOf(key, 'sk'))
  const write = (key: StoredItem, after: StoredItem | undefined) => {
    const [pk, sk] = [textOf(key, 'pk'), textOf(key, 'sk')]
    const partition = partitions.get(pk) ?? new Map<string, StoredItem>()
    const before = partition.get(sk)
    partitions.set(pk, partition)
    if (after) checkIndexKeys(after)
    if (after) partition.set(sk, after)
    else partition.delete(sk)
    jobs.note(`${pk} ${sk}`, after)
    for (const listener of listeners) listener({ pk, sk, before: plain(before), after: plain(after) })
  }
  const check = (key: StoredItem, input: Conditional, update?: TokenReader) => {
    const text = input.ConditionExpression
    const reader = text === undefined ? undefined : readTokens(text, termsOf(input))
    const held = reader ? holds(reader, get(key) ?? {}) : true
    refuseUnused(termsOf(input), [reader, update])
    if (!held) throw new ConditionRefused('the condition does not hold')
  }
  return {
    get,
    put: (item, condition = {}) => {
      check(item, condition)
      write(item, item)
    },
    update: (input) => {
      const key = input.Key ?? {}
      const reader = readTokens(input.UpdateExpression ?? '', termsOf(input))
      const before = get(key)
      const after = updated(reader, before ?? key)
      check(key, input, reader)
      write(key, after)
      return before
    },
    delete: (key, condition = {}) => {
      check(key, condition)
      if (get(key)) write(key, undefined)
    },
    query: (input) => {
      const pk = input.ExpressionAttributeValues?.[':pk']?.S ?? ''
      const rows = indexOf(input) === 'jobs' ? jobs.rows() : [...(partitions.get(pk)?.values() ?? [])]
      return queryRows(rows, input, mostRows)
    },
    find: (pk, sk) => plain(partitions.get(pk)?.get(sk)),
    items: (pkPrefix = '') =>
      [...partitions]
        .filter(([pk]) => pk.startsWith(pkPrefix))
        .flatMap(([, partition]) => [...partition.values()].map((item) => plain(item) as Item)),
    onWrite: (listener) => {
      listeners.push(listener)
    },
  }
}

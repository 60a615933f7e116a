/** Queries of the simulated table: which rows, in which order, how many at a time, and where the next page begins. */
import type { AttributeValue, QueryCommandInput } from '@aws-sdk/client-dynamodb'
import { holds } from './conditions.ts'
import {
  compareValues,
  type ExpressionTerms,
  readTokens,
  refuseUnused,
  type StoredItem,
  UnknownExpression,
} from './expressions.ts'

export interface Rows {
  readonly items: StoredItem[]
  readonly next?: Record<string, AttributeValue>
}

/** What orders the rows of each index, and what marks a place among them. */
const indexes = {
  table: { sort: 'sk', marker: ['pk', 'sk'] },
  listing: { sort: 'listingKey', marker: ['pk', 'sk', 'listingKey'] },
  jobs: { sort: 'jobDueAt', marker: ['pk', 'sk', 'jobShard', 'jobDueAt'] },
} as const

export type IndexName = keyof typeof indexes

export function indexOf({ IndexName: name = 'table' }: QueryCommandInput): IndexName {
  if (!Object.hasOwn(indexes, name)) throw new UnknownExpression(`there is no index ${name}`)
  return name as IndexName
}

export function termsOf(
  input: Pick<QueryCommandInput, 'ExpressionAttributeNames' | 'ExpressionAttributeValues'>,
): ExpressionTerms {
  return { names: input.ExpressionAttributeNames, values: input.ExpressionAttributeValues }
}

function projected({ ProjectionExpression }: QueryCommandInput): string[] {
  return ProjectionExpression?.split(',').map((part) => part.trim()) ?? []
}

function project(item: StoredItem, input: QueryCommandInput): StoredItem {
  if (input.ProjectionExpression === undefined) return item
  const wanted = projected(input).map((name) => input.ExpressionAttributeNames?.[name] ?? name)
  return Object.fromEntries(wanted.flatMap((name) => (item[name] ? [[name, item[name]]] : [])))
}

/** Also where there is no row to try the condition on, it must be well formed and use all that is given. */
function checkForm(input: QueryCommandInput, condition: string): void {
  if (input.FilterExpression !== undefined) throw new UnknownExpression('a query with a filter is not known here')
  const reader = readTokens(condition, termsOf(input))
  holds(reader, {})
  const names = Object.entries(input.ExpressionAttributeNames ?? {}).filter(
    ([name]) => !projected(input).includes(name),
  )
  refuseUnused({ names: Object.fromEntries(names), values: input.ExpressionAttributeValues }, [reader])
}

function compareRows(a: StoredItem, b: StoredItem, sort: string): number {
  return compareValues(a[sort], b[sort]) || compareValues(a.pk, b.pk) || compareValues(a.sk, b.sk) || 0
}

/**
 * @param rows those of the partition, or of the whole index where its partition is not the table's
 * @param mostRows of one answer, whatever the request allows
 */
export function queryRows(rows: readonly StoredItem[], input: QueryCommandInput, mostRows: number): Rows {
  const { sort, marker } = indexes[indexOf(input)]
  const condition = input.KeyConditionExpression ?? ''
  checkForm(input, condition)
  const direction = input.ScanIndexForward === false ? -1 : 1
  const start = input.ExclusiveStartKey
  const matching = rows
    .filter((item) => item[sort] !== undefined && holds(readTokens(condition, termsOf(input)), item))
    .filter((item) => !start || compareRows(item, start, sort) * direction > 0)
    .sort((a, b) => compareRows(a, b, sort) * direction)
  const page = matching.slice(0, Math.min(input.Limit ?? mostRows, mostRows))
  const last = page.at(-1)
  // As the real table does: a full page says that there may be more, also when there is not.
  const more = last && (page.length < matching.length || page.length === input.Limit)
  return {
    items: page.map((item) => project(item, input)),
    ...(more ? { next: Object.fromEntries(marker.map((name) => [name, last[name] as AttributeValue])) } : {}),
  }
}

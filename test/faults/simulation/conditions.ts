/** Condition and key-condition expressions: whether they hold for an item. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { compareValues, type StoredItem, type TokenReader, UnknownExpression } from './expressions.ts'

const comparisons: Record<string, (order: number | undefined) => boolean> = {
  '=': (order) => order === 0,
  '<': (order) => order === -1,
  '<=': (order) => order === -1 || order === 0,
  '>': (order) => order === 1,
}

function sizeOf(value: AttributeValue | undefined): AttributeValue | undefined {
  if (value?.S !== undefined) return { N: String(Buffer.byteLength(value.S)) }
  const parts = value?.SS ?? value?.NS ?? value?.L ?? (value?.M && Object.keys(value.M))
  return parts && { N: String(parts.length) }
}

function operand(reader: TokenReader, item: StoredItem): AttributeValue | undefined {
  const token = reader.peek() ?? ''
  if (token.startsWith(':')) return reader.value()
  if (token !== 'size') return item[reader.path()]
  reader.take('size')
  reader.take('(')
  const size = sizeOf(item[reader.path()])
  reader.take(')')
  return size
}

function holdsFunction(reader: TokenReader, name: string, item: StoredItem): boolean {
  reader.take(name)
  reader.take('(')
  const attribute = item[reader.path()]
  if (name === 'attribute_not_exists') {
    reader.take(')')
    return attribute === undefined
  }
  reader.take(',')
  const given = reader.value().S ?? ''
  reader.take(')')
  return (name === 'contains' ? attribute?.SS?.includes(given) : attribute?.S?.startsWith(given)) ?? false
}

const functions = ['attribute_not_exists', 'begins_with', 'contains']

function holdsTerm(reader: TokenReader, item: StoredItem): boolean {
  const token = reader.peek() ?? ''
  if (token === 'NOT') {
    reader.take('NOT')
    return !holdsTerm(reader, item)
  }
  if (token === '(') {
    reader.take('(')
    const holds = holdsAny(reader, item)
    reader.take(')')
    return holds
  }
  if (functions.includes(token)) return holdsFunction(reader, token, item)
  const left = operand(reader, item)
  const operator = reader.take()
  const compare = comparisons[operator]
  if (!compare) throw new UnknownExpression(`"${reader.text}": ${operator} is no comparison`)
  return compare(compareValues(left, operand(reader, item)))
}

/** All terms are read, also when the first decides: each must be well formed. */
function holdsAll(reader: TokenReader, item: StoredItem): boolean {
  let holds = holdsTerm(reader, item)
  while (reader.peek() === 'AND') {
    reader.take('AND')
    holds = holdsTerm(reader, item) && holds
  }
  return holds
}

function holdsAny(reader: TokenReader, item: StoredItem): boolean {
  let holds = holdsAll(reader, item)
  while (reader.peek() === 'OR') {
    reader.take('OR')
    holds = holdsAll(reader, item) || holds
  }
  return holds
}

/** @throws UnknownExpression */
export function holds(reader: TokenReader, item: StoredItem): boolean {
  const result = holdsAny(reader, item)
  if (reader.peek() !== undefined) throw new UnknownExpression(`"${reader.text}": ${reader.peek()} is one too many`)
  return result
}

/** Update expressions: the item that comes out. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { type StoredItem, type TokenReader, UnknownExpression } from './expressions.ts'

type Draft = Record<string, AttributeValue>
type Clause = (reader: TokenReader, before: StoredItem, draft: Draft) => void

/** Everything on the right side of an assignment sees the item as it was before the update. */
function assigned(reader: TokenReader, before: StoredItem): AttributeValue {
  const token = reader.peek() ?? ''
  if (token.startsWith(':')) return reader.value()
  if (token !== 'if_not_exists') throw new UnknownExpression(`"${reader.text}": ${token} cannot be assigned`)
  reader.take('if_not_exists')
  reader.take('(')
  const present = before[reader.path()]
  reader.take(',')
  const otherwise = reader.value()
  reader.take(')')
  return present ?? otherwise
}

const set: Clause = (reader, before, draft) => {
  const name = reader.path()
  reader.take('=')
  draft[name] = assigned(reader, before)
}

const remove: Clause = (reader, _before, draft) => {
  delete draft[reader.path()]
}

/** A number is added to, a set is united with. */
const add: Clause = (reader, before, draft) => {
  const name = reader.path()
  const value = reader.value()
  const present = before[name]
  if (value.N !== undefined && (present === undefined || present.N !== undefined)) {
    draft[name] = { N: String(Number(present?.N ?? 0) + Number(value.N)) }
  } else if (value.SS && (present === undefined || present.SS)) {
    draft[name] = { SS: [...new Set([...(present?.SS ?? []), ...value.SS])] }
  } else throw new UnknownExpression(`"${reader.text}": ${name} cannot be added to`)
}

/** Takes away from a set; an empty one is no attribute any more. */
const takeAway: Clause = (reader, before, draft) => {
  const name = reader.path()
  const value = reader.value()
  if (!value.SS) throw new UnknownExpression(`"${reader.text}": only members of a set of texts can be deleted`)
  const left = (before[name]?.SS ?? []).filter((member) => !value.SS?.includes(member))
  if (left.length > 0) draft[name] = { SS: left }
  else delete draft[name]
}

const clauses: Readonly<Record<string, Clause>> = { SET: set, REMOVE: remove, ADD: add, DELETE: takeAway }

/** @throws UnknownExpression */
export function updated(reader: TokenReader, before: StoredItem): StoredItem {
  const draft: Draft = { ...before }
  while (reader.peek() !== undefined) {
    const word = reader.take()
    const clause = clauses[word]
    if (!clause) throw new UnknownExpression(`"${reader.text}": ${word} begins no clause`)
    clause(reader, before, draft)
    while (reader.peek() === ',') {
      reader.take(',')
      clause(reader, before, draft)
    }
  }
  return draft
}

/**
 * One type for values that stand beside each other, where the language wants one: numbers and truth values become texts
 * beside texts, also inside of lists and objects. Pure.
 */
import { isList, isObject, kindOf, scalarText, type Value } from './value.ts'

export function isScalar(value: Value): boolean {
  return !isList(value) && !isObject(value)
}

function columns(rows: readonly (readonly Value[])[]): Value[][] | undefined {
  const changed = (rows[0] ?? []).map((_, at) => unified(rows.map((row) => row[at]!)))
  if (!changed.every((column) => column !== undefined)) return undefined
  return rows.map((_, row) => changed.map((column) => column[row]!))
}

/** Lists of unequal lengths, whose elements then all have one type. */
function flattened(rows: readonly (readonly Value[])[]): Value[][] | undefined {
  const elements = unified(rows.flat())?.values()
  return elements && rows.map((row) => row.map(() => elements.next().value!))
}

function unifiedRows(rows: readonly (readonly Value[])[], alike: boolean): Value[][] | undefined {
  return (alike ? columns(rows) : undefined) ?? flattened(rows)
}

function unifiedObjects(objects: readonly ReadonlyMap<string, Value>[]): Value[] | undefined {
  const keys = objects.map((each) => [...each.keys()].sort())
  const alike = keys.every((each) => JSON.stringify(each) === JSON.stringify(keys[0]))
  const rows = unifiedRows(
    objects.map((each, at) => keys[at]!.map((key) => each.get(key)!)),
    alike,
  )
  return rows?.map((row, at) => new Map(row.map((value, column) => [keys[at]![column]!, value])))
}

function unifiedPresent(values: readonly Value[]): readonly Value[] | undefined {
  if (values.every(isList)) return unifiedRows(values, new Set(values.map(({ length }) => length)).size === 1)
  if (values.every(isObject)) return unifiedObjects(values)
  if (!values.every(isScalar)) return undefined
  const kinds = new Set(values.map(kindOf))
  if (kinds.size === 1) return values
  const texts = kinds.has('string') ? values.map(scalarText) : []
  return texts.length > 0 && texts.every((text) => text !== undefined) ? texts : undefined
}

/** The values with one type, in order; undefined when there is none for all of them. */
export function unified(values: readonly Value[]): readonly Value[] | undefined {
  const present = values.filter((value) => value !== null)
  if (present.length < 2) return values
  const changed = unifiedPresent(present)?.values()
  return changed && values.map((value) => (value === null ? null : changed.next().value!))
}

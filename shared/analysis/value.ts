/** Values of the language, as far as constants have them. */
import { type Decimal, decimalOf, decimalText, isDecimal, numberOf, sameDecimal } from './decimal.ts'

/** Maps and not objects: the names are the author's, `__proto__` included. */
export type Value = null | boolean | string | Decimal | readonly Value[] | ReadonlyMap<string, Value>

export type Kind = 'null' | 'bool' | 'string' | 'number' | 'list' | 'object'

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

export function isObject(value: Value): value is ReadonlyMap<string, Value> {
  return value instanceof Map
}

export function kindOf(value: Value): Kind {
  if (value === null) return 'null'
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  if (isDecimal(value)) return 'number'
  return isList(value) ? 'list' : 'object'
}

/** The engine's texts are in this form, wherever they come from. */
export const normalText = (text: string) => text.normalize('NFC')

/** Strings, numbers and booleans as the engine converts them to text; undefined for everything else. */
export function scalarText(value: Value): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  return isDecimal(value) ? decimalText(value) : undefined
}

/** The same text for the same value, and for no other. */
export function canonicalText(value: Value): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isDecimal(value)) return `${value.coefficient}e${value.exponent}`
  if (isList(value)) return `[${value.map(canonicalText).join()}]`
  const entries = [...(value as ReadonlyMap<string, Value>)].sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonicalText(each)}`).join()}}`
}

/** JSON that does not go through JavaScript's numbers. */
const exactJson = JSON as unknown as { rawJSON(text: string): object }

function numberJson(number: Decimal): number | object {
  const rounded = numberOf(number)
  if (Number.isFinite(rounded) && sameDecimal(decimalOf(rounded), number)) return rounded
  return exactJson.rawJSON(decimalText(number) ?? `${number.coefficient}e${number.exponent}`)
}

/** For `JSON.stringify`: numbers keep all their digits. */
export function toJson(value: Value): unknown {
  if (value === null || typeof value !== 'object') return value
  if (isDecimal(value)) return numberJson(value)
  if (isList(value)) return value.map(toJson)
  return Object.fromEntries([...(value as ReadonlyMap<string, Value>)].map(([key, each]) => [key, toJson(each)]))
}

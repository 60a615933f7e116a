/**
 * Values of the engine's JSON documents (states and plans) as the text that the API shows. Shared by the views, so that the
 * same value reads the same everywhere.
 */

/** The language's numbers are exact, JavaScript's are not: long ones are kept as they are written (`JSON.rawJSON`). */
const exactJson = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
  rawJSON(text: string): object
  isRawJSON(value: unknown): boolean
}

/** Reads JSON; numbers that JavaScript cannot hold exactly become `JSON.rawJSON` objects. @throws SyntaxError */
export function parseExactly(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text)
  return exactJson.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? exactJson.rawJSON(source) : value,
  )
}

/** Strings as they are, everything else as compact JSON; nothing is `null`. */
export function attributeText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}

/** The text of an attribute that identifies a resource; undefined for what is no string and no number. */
export function identityText(value: unknown): string | undefined {
  const fit = typeof value === 'string' || typeof value === 'number' || exactJson.isRawJSON(value)
  return fit ? attributeText(value) : undefined
}

/** True for JSON objects (not for arrays, and not for exact numbers). */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !exactJson.isRawJSON(value)
}

/** Arrays and objects. */
export function isComposite(value: unknown): value is unknown[] | Record<string, unknown> {
  return Array.isArray(value) || isRecord(value)
}

/** `value` with `change` applied to each of its parts, one level deep; scalars as they are. */
export function mapParts(value: unknown, change: (part: unknown, key: string | number) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change)
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, change(part, key)]))
}

/** The part of `marks`, a structure parallel to a value with `true` at marked parts, that belongs to a part of the value. */
export function marksAt(marks: unknown, key: string | number): unknown {
  if (marks === true) return true
  if (Array.isArray(marks)) return typeof key === 'number' ? marks[key] : undefined
  return isRecord(marks) && Object.hasOwn(marks, key) ? marks[key] : undefined
}

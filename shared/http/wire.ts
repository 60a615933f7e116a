/** Small rules of the wire that every view follows. */

/** RFC 3339 UTC to the second `[GetStackMetadata]`. */
export function wireTime(time: string): string {
  return `${time.slice(0, 19)}Z`
}

/** The fields that have a value; the others are left out of an answer. */
export function present<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields
}

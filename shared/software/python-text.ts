/**
 * Heat is written in Python, and keeps some values as the text that Python makes of them: `status_reason` of any kind, the
 * values named in the reason of a failure, numbers and booleans given where text belongs.
 */

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
  return `${quote}${escaped}${quote}`
}

function inside(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : pythonText(value)
}

/** `str(value)` of a value that came as JSON. */
export function pythonText(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (Array.isArray(value)) return `[${value.map(inside).join(', ')}]`
  if (typeof value === 'object') {
    const entries = Object.entries(value).map(([key, entry]) => `${quoted(key)}: ${inside(entry)}`)
    return `{${entries.join(', ')}}`
  }
  return String(value)
}

/** `json.dumps(value)`: spaces behind commas and colons, nothing but ASCII. */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, entry]) => `${pythonJson(key)}: ${pythonJson(entry)}`)
    return `{${entries.join(', ')}}`
  }
  const text = JSON.stringify(value) ?? 'null'
  return text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** What Python takes for false: absent, null, "", 0, false, and empty lists and objects. */
export function isFalsy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0
  return !value
}

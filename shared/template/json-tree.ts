/**
 * JSON with the place of every value, and with every one of several members of the same name: the engine reads them all,
 * while `JSON.parse` keeps the last.
 */

/** Both from 1. */
export interface JsonPlace {
  readonly line: number
  readonly column: number
}

export type JsonNode = JsonPlace &
  (
    | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
    | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
    | { readonly kind: 'string'; readonly text: string }
    /** A number, `true`, `false` or `null`, as it is written. */
    | { readonly kind: 'other'; readonly text: string }
  )

export interface JsonMember extends JsonPlace {
  readonly name: string
  readonly value: JsonNode
}

/** A text that is no JSON, and where it stops being some; the message has no value of it, which may be secret. */
export class JsonFault extends SyntaxError {
  readonly place: JsonPlace

  constructor(text: string, place: JsonPlace) {
    super(text)
    this.name = 'JsonFault'
    this.place = place
  }
}

/** Deeper than any template is; a reader that calls itself must end somewhere. */
const maxDepth = 500

interface Token extends JsonPlace {
  /** Empty at the end of the text. */
  readonly text: string
}

interface Reader {
  /** What comes next. */
  token: Token
  /** Goes on by one token, and gives the one that was next. */
  readonly take: () => Token
}

const blanks = /[ \t\r\n]*/y
const plainTokens = /[{}[\],:]|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|(?:true|false|null)(?!\w)/y

/** @throws JsonFault when `text` is no JSON, or nested too deeply. */
export function jsonTree(text: string): JsonNode {
  const reader = openReader(text)
  const root = readValue(reader, 0)
  if (reader.token.text !== '') throw unexpected(reader.token)
  return root
}

function unexpected({ text, line, column }: Token): JsonFault {
  const what = /^[{}[\],:]$/.test(text) ? ` ${text}` : ' value'
  return new JsonFault(text === '' ? 'the text ends too early' : `no${what} is expected here`, { line, column })
}

function openReader(text: string): Reader {
  const placeOf = placeCounter(text)
  let at = 0
  const next = (): Token => {
    blanks.lastIndex = at
    blanks.test(text)
    const start = blanks.lastIndex
    const place = placeOf(start)
    if (start === text.length) return { text: '', ...place }
    at = tokenEnd(text, start)
    if (at <= start) throw new JsonFault('this is no JSON', place)
    return { text: text.slice(start, at), ...place }
  }
  const reader: Reader = {
    token: next(),
    take: () => {
      const { token } = reader
      reader.token = next()
      return token
    },
  }
  return reader
}

/** Index behind the token that begins at `start`; -1 when none does. */
function tokenEnd(text: string, start: number): number {
  if (text[start] === '"') return stringEnd(text, start)
  plainTokens.lastIndex = start
  return plainTokens.test(text) ? plainTokens.lastIndex : -1
}

function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code < 0x20) return -1
    if (text[at] === '"') return at + 1
    if (text[at] === '\\') at += 1
  }
  return -1
}

/** To be asked in ascending order. */
function placeCounter(text: string): (index: number) => JsonPlace {
  let [line, column, seen] = [1, 1, 0]
  return (index) => {
    for (; seen < index; seen += 1) {
      const code = text.charCodeAt(seen)
      if (code === 0x0a) [line, column] = [line + 1, 1]
      // The second half of a character that has two.
      else if (code < 0xdc00 || code > 0xdfff) column += 1
    }
    return { line, column }
  }
}

function stringOf({ text, line, column }: Token): string {
  try {
    return JSON.parse(text)
  } catch {
    throw new JsonFault('this text has an escape that JSON does not know', { line, column })
  }
}

function readValue(reader: Reader, depth: number): JsonNode {
  const token = reader.take()
  const { text, line, column } = token
  if (depth > maxDepth) throw new JsonFault('the JSON text is nested too deeply', { line, column })
  if (text === '{') {
    return { kind: 'object', line, column, members: readParts(reader, '}', () => readMember(reader, depth)) }
  }
  if (text === '[') {
    return { kind: 'array', line, column, items: readParts(reader, ']', () => readValue(reader, depth + 1)) }
  }
  if (text.startsWith('"')) return { kind: 'string', line, column, text: stringOf(token) }
  if (!/^[-\dtfn]/.test(text)) throw unexpected(token)
  return { kind: 'other', line, column, text }
}

function readMember(reader: Reader, depth: number): JsonMember {
  const token = reader.take()
  if (!token.text.startsWith('"')) throw unexpected(token)
  const { line, column } = token
  const colon = reader.take()
  if (colon.text !== ':') throw unexpected(colon)
  return { name: stringOf(token), line, column, value: readValue(reader, depth + 1) }
}

function readParts<Part>(reader: Reader, end: string, readPart: () => Part): Part[] {
  const parts: Part[] = []
  if (reader.token.text === end) {
    reader.take()
    return parts
  }
  for (;;) {
    parts.push(readPart())
    const separator = reader.take()
    if (separator.text === end) return parts
    if (separator.text !== ',') throw unexpected(separator)
  }
}

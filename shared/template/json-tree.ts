/**
 * JSON with the line of every value, and with every one of several members of the same name: the engine reads them all,
 * while `JSON.parse` keeps the last.
 */
import { lineCounter } from './line-counter.ts'

export type JsonNode =
  | { readonly kind: 'object'; readonly line: number; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly line: number; readonly items: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly line: number; readonly text: string }
  | { readonly kind: 'other'; readonly line: number }

export interface JsonMember {
  readonly name: string
  readonly line: number
  readonly value: JsonNode
}

/** Deeper than any template is; a reader that calls itself must end somewhere. */
const maxDepth = 500

interface Reader {
  readonly tokens: readonly RegExpExecArray[]
  readonly lineOf: (index: number) => number
  at: number
}

/** @throws SyntaxError when `text` is no JSON, or nested too deeply. */
export function jsonTree(text: string): JsonNode {
  JSON.parse(text)
  // The text is known to be well-formed: only its parts have to be told apart.
  const tokens = [...text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)]
  return readValue({ tokens, lineOf: lineCounter(text), at: 0 }, 0)
}

function readValue(reader: Reader, depth: number): JsonNode {
  if (depth > maxDepth) throw new SyntaxError('the JSON text is nested too deeply')
  const token = reader.tokens[reader.at]!
  const line = reader.lineOf(token.index)
  reader.at += 1
  if (token[0] === '{')
    return { kind: 'object', line, members: readParts(reader, '}', () => readMember(reader, depth)) }
  if (token[0] === '[') {
    return { kind: 'array', line, items: readParts(reader, ']', () => readValue(reader, depth + 1)) }
  }
  return token[0].startsWith('"') ? { kind: 'string', line, text: JSON.parse(token[0]) } : { kind: 'other', line }
}

function readMember(reader: Reader, depth: number): JsonMember {
  const token = reader.tokens[reader.at]!
  const line = reader.lineOf(token.index)
  reader.at += 2
  return { name: JSON.parse(token[0]), line, value: readValue(reader, depth + 1) }
}

function readParts<Part>(reader: Reader, end: string, readPart: () => Part): Part[] {
  const parts: Part[] = []
  while (reader.tokens[reader.at]![0] !== end) {
    parts.push(readPart())
    if (reader.tokens[reader.at]![0] === ',') reader.at += 1
  }
  reader.at += 1
  return parts
}

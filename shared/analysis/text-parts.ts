/**
 * Texts taken apart: plain pieces, one for each line, and what is evaluated between them. Blanks are taken away here, by
 * `~` and by the indentation of a heredoc. Source: HCL native syntax, "Templates".
 */
import type { Node } from 'web-tree-sitter'
import { type HclFile, partsOf, textOf } from './hcl-file.ts'

export interface Piece {
  /** As it is written: escapes are in it still. */
  readonly text: string
}
/** An interpolation, or a word of a directive. */
export interface Mark {
  readonly mark: Node
}
export type Part = Piece | Mark

export const isMark = (part: Part): part is Mark => 'mark' in part

const groups = new Set(['template_directive', 'template_for', 'template_if'])
const markTypes = new Set([
  ...['template_interpolation', 'template_for_start', 'template_for_end'],
  ...['template_if_intro', 'template_else_intro', 'template_if_end'],
])

/** The marks of a text in order, those within directives included. */
function marksOf(template: Node): Node[] {
  const marks: Node[] = []
  const open = [template]
  for (let next = open.pop(); next; next = open.pop()) {
    if (markTypes.has(next.type)) marks.push(next)
    if (next === template || groups.has(next.type)) for (const part of partsOf(next).reverse()) open.push(part)
  }
  return marks
}

/** Where the content of a text is: between its quotes, or its marker lines. */
function contentOf(template: Node, file: HclFile): { startIndex: number; endIndex: number } {
  if (template.type !== 'heredoc_template') {
    return { startIndex: template.startIndex + 1, endIndex: template.endIndex - 1 }
  }
  const source = textOf(file, template)
  const lastLine = source.length - (source.lastIndexOf('\n') + 1)
  return { startIndex: template.startIndex + source.indexOf('\n') + 1, endIndex: template.endIndex - lastLine }
}

function lines(text: string): Piece[] {
  return (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((line) => ({ text: line }))
}

function trims(mark: Node): { before: boolean; after: boolean } {
  const parts = partsOf(mark)
  return { before: parts[1]?.type === 'strip_marker', after: parts.at(-2)?.type === 'strip_marker' }
}

/** `~` takes the blanks of the piece beside it, which ends with its line. */
function stripped(parts: readonly Part[]): Part[] {
  return parts.map((part, at) => {
    if (isMark(part)) return part
    const [before, after] = [parts[at - 1], parts[at + 1]]
    const start = before && isMark(before) && trims(before.mark).after ? part.text.trimStart() : part.text
    return { text: after && isMark(after) && trims(after.mark).before ? start.trimEnd() : start }
  })
}

/**
 * Takes the indentation away that all lines of a heredoc have; lines of blanks alone do not count and stay. So does, for the
 * engine, what follows a line end that `~` took.
 */
function flushed(parts: readonly Part[]): Part[] {
  const beginsLine = parts.map((_, at) => {
    const before = parts[at - 1]
    return before === undefined || (!isMark(before) && before.text.endsWith('\n'))
  })
  const isBlank = (part: Part) => !isMark(part) && part.text.endsWith('\n') && part.text.trim() === ''
  const counted = parts.filter((part, at) => beginsLine[at] && !isBlank(part))
  const indentation = counted
    .map((part) => (isMark(part) ? 0 : part.text.length - part.text.trimStart().length))
    .reduce((least, each) => Math.min(least, each), Number.POSITIVE_INFINITY)
  return parts.map((part, at) => {
    if (isMark(part) || !beginsLine[at] || isBlank(part)) return part
    return { text: part.text.slice(indentation) }
  })
}

/** @param template `string_lit`, `quoted_template` or `heredoc_template` */
export function partsOfText(template: Node, file: HclFile): Part[] {
  const { startIndex, endIndex } = contentOf(template, file)
  const marks = marksOf(template)
  const starts = [startIndex, ...marks.map((mark) => mark.endIndex)]
  const parts = starts.flatMap((start, at): Part[] => {
    const mark = marks[at]
    const plain = lines(file.content.slice(start, mark?.startIndex ?? endIndex))
    return mark ? [...plain, { mark }] : plain
  })
  const kept = stripped(parts)
  return textOf(file, template).startsWith('<<-') ? flushed(kept) : kept
}

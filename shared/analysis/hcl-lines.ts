/**
 * What the grammar lets pass and the language does not: it takes a line break for any blank. Lines matter in bodies and
 * objects, not within parentheses, brackets and interpolations. Source: HCL native syntax, "Structural Elements".
 */
import type { Node } from 'web-tree-sitter'
import { type Leaf, leavesOf } from './hcl-leaves.ts'

export interface LineProblem {
  readonly index: number
  readonly text: string
}

/** Where the reader is: inside a body or an object, where lines count; inside of what they do not; or in a text. */
interface Frame {
  readonly kind: 'body' | 'object' | 'free' | 'quote' | 'heredoc'
  readonly opener: number
  /** Where what opened it ends. */
  readonly openedAt: number
  items: number
  /** A body on the line of its block, which may hold one argument only. */
  oneLine: boolean
  /** Markers of a heredoc that were passed. */
  markers: number
}

const closers = new Set(['}', ']', ')', 'quoted_template_end', 'template_interpolation_end', 'template_directive_end'])

function opened({ type, around, start, end }: Leaf): Frame | undefined {
  const frame = (kind: Frame['kind']): Frame => {
    return { kind, opener: start, openedAt: end, items: 0, oneLine: false, markers: 0 }
  }
  if (type === '{') {
    if (around.at(-1) === 'block_start') return frame('body')
    return frame(around.at(-2) === 'for_object_expr' ? 'free' : 'object')
  }
  if (type === '[' || type === '(' || type === 'template_interpolation_start' || type === 'template_directive_start') {
    return frame('free')
  }
  if (type === 'quoted_template_start') return frame('quote')
  return type === '<<' || type === '<<-' ? frame('heredoc') : undefined
}

/** Without its comments; a line comment ends before the line does, one with stars may span lines that then do not count. */
function blanks(gap: string): string {
  return /[#/]/.test(gap) ? gap.replace(/\/\*[\s\S]*?\*\/|(?:#|\/\/)[^\n]*/g, ' ') : gap
}

function inBody(frame: Frame, leaf: Leaf, gap: string, atStart: boolean): string | undefined {
  const breaks = gap.includes('\n')
  if (leaf.begins) {
    frame.items += 1
    if (breaks || atStart) return frame.oneLine ? 'a block on one line must end on it' : undefined
    frame.oneLine ||= frame.items === 1 && leaf.begins === 'attribute' && frame.openedAt > 0
    return frame.oneLine && frame.items === 1 ? undefined : 'an argument or a block must begin on a line of its own'
  }
  if (leaf.type === '}') {
    const fits = frame.items === 0 || breaks !== frame.oneLine
    return fits ? undefined : 'the brace that ends a block of several lines must be on a line of its own'
  }
  return breaks ? 'this must be on the line before' : undefined
}

function inObject(leaf: Leaf, gap: string, before: string | undefined): string | undefined {
  const breaks = gap.includes('\n')
  if (leaf.begins) {
    const separated = breaks || before === '{' || before === ','
    return separated ? undefined : 'a comma or a new line is needed before the next element'
  }
  return breaks && leaf.type !== '}' ? 'this must be on the line before' : undefined
}

function inHeredoc(frame: Frame, leaf: Leaf, gap: string, content: string): string | undefined {
  if (leaf.type !== 'heredoc_identifier') return undefined
  frame.markers += 1
  if (frame.markers > 1) return undefined
  const ends = /^\r?\n/.test(content.slice(leaf.end, leaf.end + 2))
  return gap === '' && ends ? undefined : 'the marker of a text must stand behind << and end the line'
}

function inQuotes(frame: Frame, leaf: Leaf, before: Leaf | undefined, content: string): LineProblem | undefined {
  const text = content.slice(before?.end ?? 0, leaf.end)
  return text.includes('\n') ? { index: frame.opener, text: 'a text in quotes must end on its line' } : undefined
}

function problemAt(frame: Frame, leaf: Leaf, before: Leaf | undefined, content: string): LineProblem | undefined {
  const at = (text: string | undefined) => (text === undefined ? undefined : { index: leaf.start, text })
  const gap = content.slice(before?.end ?? 0, leaf.start)
  if (frame.kind === 'heredoc' && frame.markers > 0) return at(inHeredoc(frame, leaf, gap, content))
  const plain = blanks(gap)
  const strange = plain.search(/[^ \t\r\n\ufeff]/)
  if (strange >= 0) return { index: (before?.end ?? 0) + strange, text: 'this character is no blank' }
  if (frame.kind === 'heredoc') return at(inHeredoc(frame, leaf, gap, content))
  if (leaf.type === 'numeric_lit' && content.startsWith('0x', leaf.start)) return at('a number has decimal digits only')
  if (leaf.type === 'template_interpolation_end' && before?.type === 'template_interpolation_start') {
    return at('an expression is needed between the braces')
  }
  if (frame.kind === 'body') return at(inBody(frame, leaf, plain, before === undefined))
  return frame.kind === 'object' ? at(inObject(leaf, plain, before?.type)) : undefined
}

function isClosed(frame: Frame, leaf: Leaf): boolean {
  return frame.kind === 'heredoc' ? frame.markers > 1 : closers.has(leaf.type)
}

/**
 * The first place where the lines of a text are not as the language wants them.
 * @param understood index up to which the grammar understood the text; behind it only quotes are looked at, up to `end`
 */
export function firstLineProblem(
  root: Node,
  content: string,
  understood: number,
  end: number,
): LineProblem | undefined {
  const file: Frame = { kind: 'body', opener: 0, openedAt: 0, items: 0, oneLine: false, markers: 0 }
  const frames = [file]
  let before: Leaf | undefined
  for (const leaf of leavesOf(root)) {
    if (leaf.start >= end) return undefined
    const frame = frames.at(-1) ?? file
    const problem =
      frame.kind === 'quote'
        ? inQuotes(frame, leaf, before, content)
        : leaf.start < understood && problemAt(frame, leaf, before, content)
    if (problem) return problem
    if (isClosed(frame, leaf)) frames.pop()
    const next = opened(leaf)
    if (next) frames.push(next)
    before = leaf
  }
  return undefined
}

/** An HCL file that is certainly one, and its syntax tree; where it is none, the place and the reason. */
import type { Node } from 'web-tree-sitter'
import type { TemplateFile } from '../engine/protocol.ts'
import { withHclTree } from '../template/hcl.ts'
import { firstLineProblem, type LineProblem } from './hcl-lines.ts'
import { type Place, places, signAt, TemplateProblem } from './problem.ts'

export interface HclFile {
  readonly path: string
  /** As it was given; a node's own text may differ, see `readable`. */
  readonly content: string
  readonly placeAt: (index: number) => Place
}

/** The text of a node, as it was given. */
export function textOf({ content }: HclFile, { startIndex, endIndex }: Pick<Node, 'startIndex' | 'endIndex'>): string {
  return content.slice(startIndex, endIndex)
}

/** Children without comments. */
export function partsOf(node: Node): Node[] {
  return node.children.filter((child): child is Node => child !== null && child.type !== 'comment')
}

export function expressionsOf(node: Node): Node[] {
  return node.namedChildren.filter((child): child is Node => child?.type === 'expression')
}

export function problemAt({ placeAt }: HclFile, { startIndex }: Pick<Node, 'startIndex'>, text: string): Error {
  return new TemplateProblem('content', placeAt(startIndex), text)
}

/** Words, as there may be a number in them, and numbers with an exponent and no fraction. */
const numberOrWord = /([\p{ID_Start}_][\p{ID_Continue}-]*)|(?<![\d.])\d+[eE][+-]?\d+/gu

/**
 * The same length, with what the grammar does not know in another form: numbers with an exponent and no fraction, runs of
 * signs before a brace of which the last two make it plain text, and a byte order mark.
 */
function readable(content: string): string {
  return content
    .replace(/^\ufeff/, ' ')
    .replace(numberOrWord, (text, word?: string) => word ?? text.replace(/\D/g, '0'))
    .replace(/([$%])\1{2,}\{?/g, (run) => (run.endsWith('{') ? 'x'.repeat(run.length) : run))
}

const closings: Readonly<Record<string, string>> = {
  '}': 'brace',
  ']': 'bracket',
  ')': 'parenthesis',
  quoted_template_end: 'quote',
  heredoc_identifier: 'text',
}

interface Fault {
  readonly node: Node
  /** Index up to which the grammar understood the text. */
  readonly understood: number
}

/** The innermost fault. A loop, since nesting is the author's choice. */
function faultIn(root: Node): Fault {
  let node = root
  let understood = Number.POSITIVE_INFINITY
  for (let next: Node | undefined = root; next; ) {
    node = next
    if (node.isError) understood = Math.min(understood, node.startIndex)
    next = node.children.find((child) => child?.hasError) ?? undefined
  }
  return { node, understood: Math.min(understood, node.startIndex) }
}

/** A fault covers everything that the grammar had not finished: the sign that stopped it is at its end. */
function stopIn(fault: Node): Node {
  const children = partsOf(fault)
  const stop = children.find((child) => child.type === 'heredoc_identifier' || !child.isNamed)
  return stop ?? children.at(-1) ?? fault
}

/** What begins before a missing end, and should have ended there. */
function unclosed(missing: Node): Node | undefined {
  let node = missing.parent
  while (node && node.startIndex === missing.startIndex) node = node.parent
  return node ?? undefined
}

function explain(fault: Node, content: string): LineProblem {
  const closing = fault.isMissing ? closings[fault.type] : undefined
  const opener = closing === undefined ? undefined : unclosed(fault)
  if (opener) return { index: opener.startIndex, text: `the ${closing} that begins here is never closed` }
  const rest = content.slice(stopIn(fault).startIndex).replace(/^[ \t\r\n]+/, '')
  const index = content.length - rest.length
  return { index, text: rest === '' ? 'the text ends too early' : `this is not understood${signAt(rest)}` }
}

function syntaxProblem(root: Node, content: string): LineProblem | undefined {
  const [body] = root.namedChildren.filter((child) => child?.type !== 'comment')
  if (body?.type === 'object') return { index: body.startIndex, text: 'a block or an argument is needed here' }
  const everything = content.length + 1
  if (!root.hasError) return firstLineProblem(root, content, everything, everything)
  const { node, understood } = faultIn(root)
  const problem = explain(node, content)
  return firstLineProblem(root, content, understood, Math.max(problem.index, node.startIndex)) ?? problem
}

/**
 * Calls `use` with the body of a file, undefined for an empty one; no node of it may be kept.
 * @throws TemplateProblem when the file is no HCL
 */
export function withHclFile<Result>(
  { path, content }: TemplateFile,
  use: (body: Node | undefined, file: HclFile) => Result,
): Promise<Result> {
  return withHclTree(readable(content), (root) => {
    const placeAt = places(path, content)
    const problem = syntaxProblem(root, content)
    if (problem) throw new TemplateProblem('syntax', placeAt(problem.index), problem.text)
    return use(root.namedChildren.find((child) => child?.type === 'body') ?? undefined, { path, content, placeAt })
  })
}

/**
 * Reading HCL with a real grammar (the one editors use). Loaded on first use: a request that carries no HCL pays nothing.
 */
import type { Node } from 'web-tree-sitter'
import { grammarFile, parserFile } from './grammar-files.ts'

/** Where the grammar stopped understanding; lines and columns count from 1. */
export interface SyntaxProblem {
  readonly line: number
  readonly column: number
  readonly text: string
}

export interface HclOutline {
  /** Names of the attributes at the top, in order, with repetitions. */
  readonly attributes: readonly string[]
  /** Types of the blocks at the top, in order. */
  readonly blocks: readonly string[]
  /** True when nothing in the text, however broken, looks like a block or an attribute. */
  readonly alien: boolean
  readonly problem?: SyntaxProblem
}

async function loadParser() {
  const { Language, Parser } = await import('web-tree-sitter')
  await Parser.init({ locateFile: parserFile })
  return new Parser().setLanguage(await Language.load(grammarFile()))
}

/** One parser per function instance; parsing is synchronous, so requests cannot meet in it. */
let parser: ReturnType<typeof loadParser> | undefined

/** A loop, since nesting is the author's choice. */
function firstFault(root: Node): Node | undefined {
  let node: Node | undefined = root
  while (node && !node.isError && !node.isMissing) node = node.children.find((child) => child?.hasError) ?? undefined
  return node
}

function firstProblem(root: Node): SyntaxProblem | undefined {
  if (!root.hasError) return undefined
  const fault = firstFault(root) ?? root
  const { row, column } = fault.startPosition
  return { line: row + 1, column: column + 1, text: fault.text.split('\n')[0]?.slice(0, 60) ?? '' }
}

function namesOf(body: Node | null | undefined, type: 'attribute' | 'block'): string[] {
  return (body?.namedChildren ?? []).flatMap((child) => (child?.type === type ? [child.firstChild?.text ?? ''] : []))
}

/** Calls `use` with the syntax tree's root; no node of it may be kept. Never throws because of the text. */
export async function withHclTree<Result>(text: string, use: (root: Node) => Result): Promise<Result> {
  parser ??= loadParser()
  const tree = (await parser).parse(text)
  if (!tree) throw new Error('the HCL parser gave no tree')
  try {
    return use(tree.rootNode)
  } finally {
    tree.delete()
  }
}

/** What is at the top of an HCL text. A text with a syntax error is read as far as it makes sense. */
export function outlineHcl(text: string): Promise<HclOutline> {
  return withHclTree(text, (root) => {
    const body = root.namedChildren.find((child) => child?.type === 'body')
    const problem = firstProblem(root)
    const known = root.descendantsOfType(['attribute', 'block', 'block_start']).length > 0
    const content = root.namedChildren.some((child) => child?.type !== 'comment')
    return {
      attributes: namesOf(body, 'attribute'),
      blocks: namesOf(body, 'block'),
      alien: content && !known,
      ...(problem ? { problem } : {}),
    }
  })
}

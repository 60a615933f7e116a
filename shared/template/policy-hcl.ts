/** The policy on HCL: walks the syntax tree, every block, nested ones and expressions in strings included. */
import type { Node } from 'web-tree-sitter'
import { withHclTree } from './hcl.ts'
import { isAmbiguous, suspiciousWords } from './policy-doubt.ts'
import {
  type Finding,
  isRefusedProviderSource,
  refusedBlock,
  refusedCall,
  refusedProviders,
  type TemplateSource,
} from './policy-rules.ts'

export interface ModuleCall {
  readonly file: string
  readonly line: number
  /** Undefined when it is no literal. */
  readonly source: string | undefined
}

export interface PolicyView {
  readonly findings: readonly Finding[]
  readonly modules: readonly ModuleCall[]
}

/** What is not allowed in an HCL file, and the modules that it calls. */
export function viewHcl(source: TemplateSource): Promise<PolicyView> {
  return withHclTree(source.content, (root) => {
    const findings: Finding[] = []
    const modules: ModuleCall[] = []
    const at = (node: Node) => ({ file: source.path, line: node.startPosition.row + 1 })
    walk(root, (node, ancestors) => {
      const construct = refusedNode(node, ancestors)
      if (construct) findings.push({ ...at(node), construct })
      if (node.type === 'block' && ancestors.length === 0 && node.firstChild?.text === 'module') {
        modules.push({ ...at(node), source: literalAttribute(node, 'source') })
      }
    })
    const isDoubtful = root.hasError || isAmbiguous(source.content) || hasDoubtfulText(root, source.content)
    return { findings: isDoubtful ? findings.concat(suspiciousWords(source)) : findings, modules }
  })
}

/**
 * What is not allowed in a text that is a template without quotes, as the strings of a JSON file are.
 * @param firstLine the line of the file that the text is on.
 */
export function viewTemplateText(text: string, file: string, firstLine: number): Promise<readonly Finding[]> {
  // As a heredoc, whose text has no escapes either. No line of the text may end it early.
  let marker = 'TEXT'
  while (text.includes(marker)) marker += 'T'
  const content = `a = <<${marker}\n${text}\n${marker}\n`
  return withHclTree(content, (root) => {
    const findings: Finding[] = []
    walk(root, (node, ancestors) => {
      const construct = refusedNode(node, ancestors)
      if (construct) findings.push({ file, line: firstLine, construct })
    })
    if (!root.hasError && !isAmbiguous(text) && !hasDoubtfulText(root, content)) return findings
    return findings.concat(suspiciousWords({ path: file, content: text }).map((each) => ({ ...each, line: firstLine })))
  })
}

/** Types of nodes that a rule is about; the others of a large tree are not even made into objects. */
const judged: ReadonlySet<string> = new Set(['block', 'function_call', 'get_attr', 'attribute', 'object_elem'])

/**
 * Calls `visit` with every node that a rule is about, and the types of the blocks around it: the two outermost and the
 * innermost, as no rule asks for more. A loop, since nesting is the author's choice.
 */
function walk(root: Node, visit: (node: Node, ancestors: readonly string[]) => void): void {
  const cursor = root.walk()
  const around: (readonly string[])[] = [[]]
  try {
    for (;;) {
      const ancestors = around.at(-1) ?? []
      const node = judged.has(cursor.nodeType) ? cursor.currentNode : undefined
      if (node) visit(node, ancestors)
      if (cursor.gotoFirstChild()) {
        around.push(node?.type === 'block' ? [...ancestors.slice(0, 2), blockType(node)] : ancestors)
        continue
      }
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent()) return
        around.pop()
      }
    }
  } finally {
    cursor.delete()
  }
}

function refusedNode(node: Node, ancestors: readonly string[]): string | undefined {
  switch (node.type) {
    case 'block':
      return refusedBlock(ancestors, node.firstChild?.text ?? '', labelsOf(node))
    case 'function_call':
      return refusedCall(functionName(node), argumentsOf(node))
    case 'get_attr':
      return isWorkingFolder(node) ? 'path.cwd' : undefined
    case 'attribute':
      return refusedAttribute(node, ancestors)
    case 'object_elem':
      return ancestors[0] === 'provider' && keyText(node) === 'exec' ? 'exec in provider' : undefined
    default:
      return undefined
  }
}

/** A dynamic block counts as the block that it makes. */
function blockType(block: Node): string {
  const type = block.firstChild?.text ?? ''
  return type === 'dynamic' ? (labelsOf(block)[0] ?? '') : type
}

function labelsOf(block: Node): string[] {
  return block.children.slice(1).flatMap((child) => {
    if (child?.type === 'identifier') return [child.text]
    return child?.type === 'string_lit' ? [unescaped(child.text.slice(1, -1))] : []
  })
}

/** The escapes of a quoted label. */
function unescaped(text: string): string {
  return text.replace(/\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})|(.))/g, (whole, short, long, plain) => {
    const code = Number.parseInt(short ?? long ?? '', 16)
    if (plain === undefined) return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    return ({ n: '\n', r: '\r', t: '\t' } as Record<string, string>)[plain] ?? plain
  })
}

/** Namespaces included; comments between the words left out. */
function functionName(call: Node): string {
  return call.children.flatMap((child) => (child?.type === 'identifier' ? [child.text] : [])).join('::')
}

function argumentsOf(call: Node): (string | undefined)[] {
  const list = call.children.find((child) => child?.type === 'function_arguments')
  return (list?.namedChildren ?? []).flatMap((child) => (child?.type === 'expression' ? [literalPath(child)] : []))
}

/** The text of a literal, or what follows `${path.module}/` and `${path.root}/`, which never leave the template's folder. */
function literalPath(expression: Node): string | undefined {
  const literal = literalText(expression)
  if (literal !== undefined) return literal
  const inFolder = /^"\$\{\s*path\.(?:module|root)\s*\}(?:\/([^"\\$%]*))?"$/.exec(expression.text.trim())
  return inFolder ? inFolder[1] || '.' : undefined
}

/** The text of a quoted string without escapes and interpolations; undefined for every other expression. */
function literalText(node: Node | null | undefined): string | undefined {
  return /^"([^"\\$%\n]*)"$/.exec(node?.text.trim() ?? '')?.[1]
}

function attributeValue(attribute: Node): Node | undefined {
  return attribute.namedChildren.find((child) => child?.type === 'expression') ?? undefined
}

function literalAttribute(block: Node, name: string): string | undefined {
  const body = block.namedChildren.find((child) => child?.type === 'body')
  const found = (body?.namedChildren ?? []).filter(
    (child) => child?.type === 'attribute' && child.firstChild?.text === name,
  )
  return found.length === 1 && found[0] ? literalText(attributeValue(found[0])) : undefined
}

function isWorkingFolder(attribute: Node): boolean {
  const name = attribute.namedChildren.find((child) => child?.type === 'identifier')
  let before = attribute.previousNamedSibling
  while (before?.type === 'comment') before = before.previousNamedSibling
  return name?.text === 'cwd' && before?.text === 'path'
}

function refusedAttribute(attribute: Node, ancestors: readonly string[]): string | undefined {
  const name = attribute.firstChild?.text ?? ''
  if (ancestors[0] === 'provider' && name === 'exec') return 'exec in provider'
  if (ancestors[0] !== 'terraform' || ancestors[1] !== 'required_providers') return undefined
  if (refusedProviders.has(name)) return `provider ${name}`
  const sources = attribute
    .descendantsOfType(['string_lit', 'quoted_template'])
    .map((each) => unescaped(each?.text.slice(1, -1) ?? ''))
  const refused = sources.find(isRefusedProviderSource)
  return refused === undefined ? undefined : `provider ${JSON.stringify(refused)}`
}

function keyText(element: Node): string {
  const key = element.childForFieldName('key')?.text.trim() ?? ''
  return key.startsWith('"') ? unescaped(key.slice(1, -1)) : key.replace(/^\(\s*"?|"?\s*\)$/g, '')
}

/**
 * Whether text that the grammar takes for plain may hold code after all: a sign of interpolation that is not escaped, or a
 * heredoc whose end is not beyond doubt.
 */
function hasDoubtfulText(root: Node, content: string): boolean {
  const texts = root.descendantsOfType('template_literal')
  if (texts.some((each) => /(?<![$])\$\{|(?<!%)%\{/.test(each?.text ?? ''))) return true
  return root.descendantsOfType('heredoc_template').some((each) => each !== null && !endsCertainly(each, content))
}

/** The first line that is nothing but the marker ends a heredoc, for the engine. */
function endsCertainly(heredoc: Node, content: string): boolean {
  const lines = heredoc.text.split('\n')
  const marker = /^<<-?(\w+)\r?$/.exec(lines[0] ?? '')?.[1]
  const ends = lines.findIndex((line, at) => at > 0 && line.trim() === marker)
  if (marker === undefined || ends !== lines.length - 1) return false
  const after = content.slice(heredoc.endIndex)
  return after === '' || /^\r?\n/.test(after)
}

/**
 * The values of the variables that a template declares sensitive, as far as they can be read without the engine: what
 * messages must not show before the engine itself can say which values are sensitive.
 */
import type { Node } from 'web-tree-sitter'
import type { TemplateFile } from '../engine/protocol.ts'
import { withHclTree } from './hcl.ts'
import { literalTexts } from './hcl-literals.ts'

export interface GivenVariables {
  readonly structure: readonly { readonly key: string; readonly value: string }[]
  /** The text of a tfvars file. */
  readonly body?: string | undefined
  /** Another one: what `vars_uri` led to. */
  readonly uriContent?: string | undefined
}

interface Declared {
  readonly name: string
  /** Texts of the default. */
  readonly texts: readonly string[]
}

/** Words that stand for themselves everywhere; masking them would hide what is no secret. */
const plainWords = new Set(['true', 'false', 'null'])

/**
 * Texts of the sensitive variables of `files` in their defaults and in what was given for them.
 * What cannot be parsed is left out: the engine refuses it before it shows any value of it.
 */
export async function sensitiveValues(files: readonly TemplateFile[], given: GivenVariables): Promise<string[]> {
  const declared = (await Promise.all(files.map(sensitiveVariables))).flat()
  if (declared.length === 0) return []
  const names = new Set(declared.map(({ name }) => name))
  const bodies = [given.body, given.uriContent].filter((text) => text !== undefined)
  const inBodies = await Promise.all(bodies.map((text) => bodyTexts(text, names)))
  const texts = [
    ...declared.flatMap((variable) => variable.texts),
    ...given.structure.filter(({ key }) => names.has(key)).map(({ value }) => value),
    ...inBodies.flat(),
  ]
  return withTrimmed(texts)
}

/** The given texts, each also as `trimspace` leaves it. */
export function withTrimmed(texts: readonly string[]): string[] {
  const all = new Set(texts.flatMap((text) => [text, text.trim()]))
  return [...all].filter((text) => text !== '' && !plainWords.has(text))
}

async function sensitiveVariables({ path, content, encoding }: TemplateFile): Promise<Declared[]> {
  if (encoding !== undefined) return []
  if (/\.(tf|tofu)\.json$/.test(path)) return sensitiveInJson(content)
  // An identifier has no other spelling, so a file without the word needs no parser.
  if (!/\.(tf|tofu)$/.test(path) || !content.includes('sensitive')) return []
  return withHclTree(content, (root) => blocksOf(root).flatMap(sensitiveBlock))
}

function blocksOf(root: Node): Node[] {
  return root.descendantsOfType('block').filter((block): block is Node => block?.firstChild?.text === 'variable')
}

function sensitiveBlock(block: Node): Declared[] {
  const label = block.namedChildren[1]
  const name = label?.type === 'string_lit' ? label.text.slice(1, -1) : label?.text
  const attributes = attributesOf(block.namedChildren.find((child) => child?.type === 'body'))
  const sensitive = attributes.get('sensitive')
  const isOff = sensitive === undefined || sensitive.text === 'false' || sensitive.text === '"false"'
  if (name === undefined || isOff) return []
  const initial = attributes.get('default')
  return [{ name, texts: initial ? literalTexts(initial) : [] }]
}

/** Expressions of the attributes of a body by their names. */
function attributesOf(body: Node | null | undefined): Map<string, Node> {
  const attributes = new Map<string, Node>()
  for (const child of body?.namedChildren ?? []) {
    const [name, expression] = child?.type === 'attribute' ? child.namedChildren : []
    if (name && expression) attributes.set(name.text, expression)
  }
  return attributes
}

function bodyTexts(body: string, names: ReadonlySet<string>): Promise<string[]> {
  return withHclTree(body, (root) => {
    const attributes = attributesOf(root.namedChildren.find((child) => child?.type === 'body'))
    return [...attributes].flatMap(([name, expression]) => (names.has(name) ? literalTexts(expression) : []))
  })
}

/** JSON syntax: `variable` holds one object of variables, or a list of such, and so does each variable. */
function sensitiveInJson(content: string): Declared[] {
  const groups = objects(objects(parsed(content)).flatMap(({ variable }) => objects(variable)))
  return groups.flatMap((group) =>
    Object.entries(group).flatMap(([name, declarations]) =>
      objects(declarations)
        .filter(({ sensitive }) => sensitive !== undefined && sensitive !== false && sensitive !== 'false')
        .map((declaration) => ({ name, texts: jsonTexts(declaration.default) })),
    ),
  )
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}

function objects(value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap(objects)
  return typeof value === 'object' && value !== null ? [value as Record<string, unknown>] : []
}

function jsonTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(jsonTexts) : []
}

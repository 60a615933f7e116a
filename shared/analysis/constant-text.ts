/** Texts with interpolations and directives. Source: HCL native syntax, "Template Expressions". */
import type { Node } from 'web-tree-sitter'
import { hasStrangeEscape, plainSigns, unescaped } from '../template/hcl-text.ts'
import { rounds } from './constant-for.ts'
import { expressionsOf, textOf } from './hcl-file.ts'
import { asBool } from './operators.ts'
import { type Evaluate, refuse, type Scope, spend, within } from './scope.ts'
import { isMark, type Mark, type Part, partsOfText } from './text-parts.ts'
import { normalText, scalarText, type Value } from './value.ts'

/** A text with its directives opened: each has the parts that it decides about. */
type Section =
  | { readonly kind: 'plain'; readonly text: string }
  | { readonly kind: 'value'; readonly mark: Node }
  | { readonly kind: 'if'; readonly mark: Node; readonly yes: readonly Section[]; readonly no: readonly Section[] }
  | { readonly kind: 'for'; readonly mark: Node; readonly body: readonly Section[] }

interface Reader {
  readonly parts: readonly Part[]
  at: number
}

/** Backslashes mean nothing in a heredoc. */
const isQuoted = (template: Node) => template.type !== 'heredoc_template'

const ends = new Set(['template_for_end', 'template_else_intro', 'template_if_end'])

/** Reads up to the end of the text, or of the directive that the reader is in. */
function sections(reader: Reader, scope: Scope): Section[] {
  const read: Section[] = []
  for (let part = reader.parts[reader.at]; part; part = reader.parts[reader.at]) {
    if (isMark(part) && ends.has(part.mark.type)) return read
    reader.at += 1
    read.push(isMark(part) ? directive(part, reader, scope) : { kind: 'plain', text: part.text })
  }
  return read
}

function directive({ mark }: Mark, reader: Reader, scope: Scope): Section {
  if (mark.type === 'template_interpolation') return { kind: 'value', mark }
  const inner = within(scope, mark)
  const first = sections(reader, inner)
  const end = reader.parts[reader.at++] as Mark
  if (mark.type === 'template_for_start') return { kind: 'for', mark, body: first }
  if (end.mark.type !== 'template_else_intro') return { kind: 'if', mark, yes: first, no: [] }
  const no = sections(reader, inner)
  reader.at += 1
  return { kind: 'if', mark, yes: first, no }
}

function interpolated(mark: Node, scope: Scope, evaluate: Evaluate): Value {
  const [expression] = expressionsOf(mark)
  return expression ? evaluate(expression, scope) : refuse(scope, mark, 'an expression is needed between the braces')
}

function plainText(source: string, template: Node, scope: Scope): string {
  if (!isQuoted(template)) return plainSigns(source)
  if (hasStrangeEscape(source)) refuse(scope, template, 'an escape in this text stands for no character')
  return unescaped(plainSigns(source))
}

function render(read: readonly Section[], template: Node, scope: Scope, evaluate: Evaluate): string {
  const inner = (parts: readonly Section[], inside = scope) => render(parts, template, inside, evaluate)
  const one = (section: Section): string => {
    if (section.kind === 'plain') return plainText(section.text, template, scope)
    const { mark } = section
    if (section.kind === 'for') {
      const each = rounds(mark, scope, evaluate).map((round) => inner(section.body, round))
      return each.join('')
    }
    if (section.kind === 'if') {
      const holds = asBool(evaluate(expressionsOf(mark)[0]!, scope))
      return inner((holds ?? refuse(scope, mark, 'the condition must be a truth value')) ? section.yes : section.no)
    }
    const text = scalarText(interpolated(mark, scope, evaluate))
    return text ?? refuse(scope, mark, 'only texts, numbers and truth values can be put into a text')
  }
  const texts = read.map((section) => {
    const text = one(section)
    spend(scope, template, text.length / 100)
    return text
  })
  return texts.join('')
}

/**
 * The value of a text: of any kind when it is one interpolation in quotes, and nothing else.
 * @param template `string_lit`, `quoted_template` or `heredoc_template`
 */
export function textValue(template: Node, scope: Scope, evaluate: Evaluate): Value {
  const parts = partsOfText(template, scope.file)
  const [only] = parts
  if (isQuoted(template) && parts.length === 1 && only && isMark(only) && only.mark.type === 'template_interpolation') {
    return interpolated(only.mark, scope, evaluate)
  }
  return normalText(render(sections({ parts, at: 0 }, scope), template, scope, evaluate))
}

/** A text as a template: its escapes taken away, its interpolations as they are written. */
export function templateForm(template: Node, scope: Pick<Scope, 'file'>): string {
  const texts = partsOfText(template, scope.file).map((part) => {
    if (isMark(part)) return textOf(scope.file, part.mark)
    return isQuoted(template) ? unescaped(part.text) : part.text
  })
  return normalText(texts.join(''))
}

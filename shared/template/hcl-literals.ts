/** Literal texts of HCL expressions, as the engine would read them. Pure. */
import type { Node } from 'web-tree-sitter'
import { plainSigns, unescaped } from './hcl-text.ts'

/** Every string within an expression: keys and values of objects, elements of lists, quoted or as a heredoc. */
export function literalTexts(expression: Node): string[] {
  return expression
    .descendantsOfType(['string_lit', 'quoted_template', 'heredoc_template'])
    .flatMap((node) =>
      node ? [node.type === 'heredoc_template' ? heredocText(node.text) : quotedText(node.text)] : [],
    )
}

/** The text of a string between quotes. Signs first: an escaped one is plain, whatever follows it. */
const quotedText = (source: string) => unescaped(plainSigns(source.slice(1, -1)))

/** Backslashes mean nothing in a heredoc; `<<-` takes the indentation away that all lines share. */
function heredocText(source: string): string {
  const lines = source.split('\n')
  const content = lines.slice(1, -1)
  if (!source.startsWith('<<-')) return plainSigns(withEnd(content))
  const indentations = content.filter((line) => line.trim() !== '').map((line) => /^[ \t]*/.exec(line)![0].length)
  const shared = indentations.reduce((least, each) => Math.min(least, each), Number.POSITIVE_INFINITY)
  return plainSigns(withEnd(content.map((line) => (line.trim() === '' ? line : line.slice(shared)))))
}

const withEnd = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')

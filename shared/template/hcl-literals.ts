/** Literal texts of HCL expressions, as the engine would read them. Pure. */
import type { Node } from 'web-tree-sitter'

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' }

/** Every string within an expression: keys and values of objects, elements of lists, quoted or as a heredoc. */
export function literalTexts(expression: Node): string[] {
  return expression
    .descendantsOfType(['string_lit', 'quoted_template', 'heredoc_template'])
    .flatMap((node) =>
      node ? [node.type === 'heredoc_template' ? heredocText(node.text) : quotedText(node.text)] : [],
    )
}

/** The text of a string between quotes. Source: HCL native syntax, "Template Literals". */
function quotedText(source: string): string {
  return unescapedSigns(
    source
      .slice(1, -1)
      .replace(
        /\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/gs,
        (all, short?: string, long?: string, one?: string) => {
          const code = short ?? long
          if (code !== undefined) return codePoint(code) ?? all
          return escapes[one ?? ''] ?? all
        },
      ),
  )
}

function codePoint(hexadecimal: string): string | undefined {
  const code = Number.parseInt(hexadecimal, 16)
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}

/** Backslashes mean nothing in a heredoc; `<<-` takes the indentation away that all lines share. */
function heredocText(source: string): string {
  const lines = source.split('\n')
  const content = lines.slice(1, -1)
  if (!source.startsWith('<<-')) return unescapedSigns(withEnd(content))
  const indentations = content.filter((line) => line.trim() !== '').map((line) => /^[ \t]*/.exec(line)![0].length)
  const shared = Math.min(...indentations, Number.POSITIVE_INFINITY)
  return unescapedSigns(withEnd(content.map((line) => line.slice(Number.isFinite(shared) ? shared : 0))))
}

const withEnd = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')

function unescapedSigns(text: string): string {
  return text.replaceAll('$${', '${').replaceAll('%%{', '%{')
}

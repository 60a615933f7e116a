/** The engine's diagnostics as text for people. */
import type { Diagnostic } from './log-lines.ts'

/**
 * One sentence for `status_message`: "Invalid expression: Expected the start of an expression. (main.tf line 3)".
 * Line ends become spaces, since the field is shown on one line.
 */
export function diagnosticSentence(diagnostic: Diagnostic): string {
  const parts = [oneLine(diagnostic.summary), oneLine(diagnostic.detail)].filter((part) => part !== '')
  const place = diagnostic.range ? ` (${diagnostic.range.filename} line ${diagnostic.range.start.line})` : ''
  return parts.join(': ') + place
}

/**
 * All of it, over several lines: summary, detail, place, the code there, and the values that the engine names. The text of
 * a variables file is left out: its lines are values, and any of them may be a secret.
 */
export function diagnosticText(diagnostic: Diagnostic): string {
  const { range } = diagnostic
  const snippet = /\.tfvars(\.json)?$/.test(range?.filename ?? '') ? undefined : diagnostic.snippet
  const lines = [diagnostic.summary.trim()]
  if (diagnostic.detail.trim() !== '') lines.push(diagnostic.detail.trim())
  if (range) {
    const context = snippet?.context ? `, in ${snippet.context}` : ''
    lines.push(`  on ${range.filename} line ${range.start.line}${context}${snippet ? ':' : ''}`)
  }
  if (snippet) {
    const code = snippet.code.split('\n').map((line, index) => `  ${snippet.start_line + index}: ${line}`)
    const values = (snippet.values ?? []).map((value) => `    ${value.traversal} ${value.statement}`)
    lines.push(...code, ...values)
  }
  return lines.join('\n')
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ')
}

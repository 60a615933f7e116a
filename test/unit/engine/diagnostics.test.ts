import { describe, expect, it } from 'vitest'
import { diagnosticSentence, diagnosticText } from '../../../shared/engine/diagnostics.ts'
import { goldenLines } from './golden-lines.ts'

function diagnostic(name: string) {
  const line = goldenLines(name).find((candidate) => candidate.type === 'diagnostic')
  if (line?.type !== 'diagnostic') throw new Error(`no diagnostic in ${name}`)
  return line.diagnostic
}

describe('a diagnostic', () => {
  it('is one sentence with file and line', () => {
    expect(diagnosticSentence(diagnostic('failures-undeclared'))).toBe(
      'Reference to undeclared input variable: An input variable with the name "nothing" has not been declared. This variable can be declared with a variable "nothing" {} block. (main.tf line 2)',
    )
    expect(diagnosticSentence(diagnostic('failures-provisioner'))).toBe(
      "local-exec provisioner error: Error running command 'echo about to fail; exit 7': exit status 7. Output: about to fail (main.tf line 9)",
    )
  })

  it('is a whole text with the code and the values there', () => {
    expect(diagnosticText(diagnostic('failures-precondition'))).toBe(
      [
        'Resource precondition failed',
        'N must be over five.',
        '  on main.tf line 7, in resource "terraform_data" "guarded":',
        '  7:       condition     = var.n > 5',
        '    var.n is 3',
      ].join('\n'),
    )
  })

  it('is its summary when there is no more', () => {
    const bare = { severity: 'error', summary: 'execution halted', detail: '' }
    expect(diagnosticSentence(bare)).toBe('execution halted')
    expect(diagnosticText(bare)).toBe('execution halted')
  })

  it('numbers every line of a longer snippet and stands on one line as a sentence', () => {
    const long = {
      severity: 'error',
      summary: 'Invalid expression',
      detail: 'First.\n\nSecond.',
      range: { filename: 'parts/main.tf', start: { line: 4 } },
      snippet: { code: ' input =\n}', start_line: 4 },
    }
    expect(diagnosticSentence(long)).toBe('Invalid expression: First. Second. (parts/main.tf line 4)')
    expect(diagnosticText(long)).toBe(
      'Invalid expression\nFirst.\n\nSecond.\n  on parts/main.tf line 4:\n  4:  input =\n  5: }',
    )
  })

  it.each(['variables/vars_body.tfvars', 'a.tfvars.json'])('never shows the values in %s', (filename) => {
    const text = diagnosticText({
      severity: 'error',
      summary: 'Invalid value for input variable',
      detail: 'A number is required.',
      range: { filename, start: { line: 1 } },
      snippet: { code: '{"n":"many","password":"hunter2"}', start_line: 1 },
    })
    expect(text).toBe(`Invalid value for input variable\nA number is required.\n  on ${filename} line 1`)
  })
})

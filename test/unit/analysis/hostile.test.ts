/** Templates made to break their reader: all end, soon, with an answer or a refusal. */
import { describe, expect, test } from 'vitest'
import { declaredVariables } from '../../../shared/analysis/declared-variables.ts'
import { TemplateProblem } from '../../../shared/analysis/problem.ts'
import { toVariables } from '../../../shared/analysis/views.ts'
import { RfsError } from '../../../shared/contract/errors.ts'
import { answerTo } from './golden.ts'

const variable = (value: string, type?: string) =>
  `variable "a" {\n${type ? `  type = ${type}\n` : ''}  default = ${value}\n}\n`
const loops = (count: number, inner: string) =>
  `${'[for x in [1, 2, 3, 4, 5, 6, 7, 8, 9] : '.repeat(count)}${inner}${']'.repeat(count)}`

/** At most as long as a body may be. */
const texts: Readonly<Record<string, string>> = {
  'brackets that never close': variable('['.repeat(50_000)),
  'deep lists': variable(`${'['.repeat(25_000)}${']'.repeat(25_000)}`),
  'deep objects': variable(`${'{a='.repeat(12_000)}1${'}'.repeat(12_000)}`),
  'deep parentheses': variable(`${'('.repeat(25_000)}1${')'.repeat(25_000)}`),
  'deep blocks': `${'a {\n'.repeat(10_000)}${'}\n'.repeat(10_000)}`,
  'deep types': variable('null', `${'list('.repeat(9000)}any${')'.repeat(9000)}`),
  'deep texts': variable(`${'"${'.repeat(8000)}1${'}"'.repeat(8000)}`),
  'deep directives': variable(`"${'%{ if true }'.repeat(2000)}${'%{ endif }'.repeat(2000)}"`),
  'long sums': variable(`1${' + 1'.repeat(12_000)}`),
  'long conditions': variable(`${'true ? 2 : '.repeat(4000)}3`),
  'long accesses': variable(`{ a = 1 }${'.a'.repeat(20_000)}`),
  signs: variable(`"${'$'.repeat(51_000)}"`),
  quotes: '"'.repeat(51_200),
  markers: 'a = <<A\n'.repeat(6000),
  comments: '/*'.repeat(25_000),
  noise: '}{][)('.repeat(8000),
  'loops in loops': variable(loops(8, '1')),
  'a long text many times': variable(`[for b in ["${'x'.repeat(40_000)}"] : [for i in [${'1,'.repeat(4000)}] : b]]`),
  'a long list many times': variable(`[for b in [[${'1,'.repeat(16_000)}]] : [for i in [${'1,'.repeat(4000)}] : b]]`),
  'directives that multiply': variable(
    `"${'%{ for x in [1,2,3,4,5,6,7,8,9] }'.repeat(8)}${'y'.repeat(5000)}${'%{ endfor }'.repeat(8)}"`,
  ),
  'a number of all digits': variable('9'.repeat(51_000)),
  'powers of powers': variable('1e9999999 * 1e9999999 + 1'),
  'numbers that are long texts': variable(`[${'1e4990,'.repeat(7000)}]`, 'list(string)'),
  controls: variable(`<<E\n${'\u0001'.repeat(49_000)}\nE`),
  'no characters': 'variable "a\0" {}\n\0',
  'half a character': variable('"\ud800"'),
}

const jsonTexts: Readonly<Record<string, string>> = {
  'deep JSON': `{"variable":${'['.repeat(50_000)}`,
  'deep JSON that ends': `{"variable":${'['.repeat(25_000)}${']'.repeat(25_000)}}`,
  'a JSON text without an end': `{"variable":"${'x\\"'.repeat(16_000)}`,
  'a JSON number of all digits': `{"variable":{"a":{"default":${'9'.repeat(50_000)}}}}`,
}

/** @returns milliseconds; fails when the end is neither an answer nor a refusal */
async function timeOf(path: string, content: string): Promise<number> {
  const startedAtMs = performance.now()
  try {
    toVariables(await declaredVariables([{ path, content }]))
  } catch (error) {
    if (!(error instanceof TemplateProblem) && !(error instanceof RfsError)) throw error
    expect(error.message.length).toBeLessThan(300)
  }
  return performance.now() - startedAtMs
}

describe('a template ends soon', () => {
  test.each(Object.entries(texts))('with %s', async (_what, content) => {
    expect(await timeOf('main.tf', content)).toBeLessThan(3000)
  })

  test.each(Object.entries(jsonTexts))('with %s', async (_what, content) => {
    expect(await timeOf('main.tf.json', content)).toBeLessThan(3000)
  })
})

test('names that objects of JavaScript have are names like any other', async () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']
  const body = names.map((name) => `${name} = 1`).join('\n')
  const content = names
    .map(
      (name) => `variable "${name}" {\n  type = object({\n${names.map((each) => `${each} = number`).join('\n')}\n})\n`,
    )
    .map((start) => `${start}  default = {\n${body}\n}\n}\n`)
    .join('')
  const value = JSON.parse(`{${names.map((name) => `"${name}":1`).join()}}`)
  const type = `object({ ${names.map((name) => `${name} = number`).join(', ')} })`
  const hcl = await answerTo([{ path: 'main.tf', content }])
  const json = { variable: Object.fromEntries(names.map((name) => [name, { type, default: value }])) }
  const inJson = await answerTo([{ path: 'main.tf.json', content: JSON.stringify(json) }])
  for (const answer of [hcl, inJson]) {
    expect(JSON.stringify(answer)).toBe(
      JSON.stringify({
        variables: names.map((name) => ({ name, type, default: value, sensitive: false, nullable: true })),
      }),
    )
  }
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

/** The same sequence for a seed. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

test('1,000 templates with pieces cut out, doubled and put in end with an answer or a refusal', async () => {
  const base = `variable "a" {
  type = object({ x = optional(list(string), ["a"]), y = number }) # t
  default = { x = [<<-E
    t \${1 + 1} %{ if true ~} t %{ endif }
    E
  , "\\u00e9 $\${y}"], y = -1.5e3, (true ? "z" : "q") = [for i in [1, 2] : i] }
  validation {
    condition     = var.a.y > 1
    error_message = "No \${var.a}."
  }
}
`
  const pieces = [
    '\n',
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '"',
    '=',
    ',',
    '${',
    '%{',
    '~',
    '<<E\n',
    '\\',
    '/*',
    '#',
    '1e9',
    'é',
    '\0',
  ]
  const next = random(20)
  let answers = 0
  for (let round = 0; round < 1000; round += 1) {
    const [from, to] = [next(base.length), next(base.length)]
    const piece = next(3) === 0 ? base.slice(from, from + next(40)) : pieces[next(pieces.length)]!
    const content = base.slice(0, to) + piece + base.slice(to + (next(2) === 0 ? next(12) : 0))
    try {
      await answerTo([{ path: 'main.tf', content }])
      answers += 1
    } catch (error) {
      if (!(error instanceof TemplateProblem)) throw new Error(JSON.stringify(content), { cause: error })
    }
  }
  expect(answers).toBeGreaterThan(20)
})

/** What is wrong with a template is told by file, line and column. */
import { describe, expect, test } from 'vitest'
import { declaredVariables } from '../../../shared/analysis/declared-variables.ts'
import { TemplateProblem } from '../../../shared/analysis/problem.ts'
import type { TemplateFile } from '../../../shared/engine/protocol.ts'

async function problemOf(files: Readonly<Record<string, string>>): Promise<TemplateProblem> {
  const list = Object.entries(files).map(([path, content]): TemplateFile => ({ path, content }))
  const problem = await declaredVariables(list).catch((error: unknown) => error)
  if (!(problem instanceof TemplateProblem)) throw new Error(`not refused: ${JSON.stringify(problem)}`)
  return problem
}

const before = 'variable "first" {\n  type = string\n}\n\n'
const after = '\nvariable "last" {\n  type = number\n}\n'
const block = (lines: string) => `variable "v" {\n${lines}\n}\n`

describe('a text that is no HCL is refused at the place of its fault,', () => {
  test.each([
    ['a sign too many', block('  type = = string'), '6, column 10'],
    ['a block that is never closed', 'variable "v" {\n  type = string\n', '5, column 1'],
    ['a brace too many', `${block('  type = string')}}\n`, '8, column 1'],
    ['a name without its second quote', 'variable "v {\n  type = string\n}\n', '5, column 10'],
    ['a text without its second quote', block('  default = "abc'), '6, column 13'],
    ['a line break in quotes', block('  default = "a\n  b"'), '6, column 13'],
    ['a list that is never closed', block('  default = [1, 2'), '6, column 13'],
    ['a call that is never closed', block('  type = list(string'), '6, column 10'],
    ['a comma too many', block('  default = [1,, 2]'), '6, column 15'],
    ['an escape that there is not', block('  default = "a\\d"'), '6, column 15'],
    ['an argument without a value', block('  default ='), ''],
    ['a colon after an argument', block('  default: 1'), '6, column 10'],
    ['a semicolon', block('  default = 1;'), '6, column 14'],
    ['single quotes', block("  default = 'x'"), '6, column 13'],
    ['a heredoc without its end', block('  default = <<EOT\nabc'), '6, column 13'],
    ['an interpolation that is never closed', block('  default = "${1"'), '6'],
    ['an interpolation of nothing', block('  default = "${}"'), '6, column 16'],
    ['a comment that is never closed', `/* never\n${block('')}`, '5, column 1'],
    ['a number that ends with its point', block('  default = 1.'), '6, column 14'],
    ['a number in another base', block('  default = 0x10'), '6, column 13'],
    ['two arguments on a line', block('  type = string default = "x"'), '6, column 17'],
    ['two arguments in a block on one line', 'variable "v" { type = string default = 1 }\n', '5, column 30'],
    ['a closing brace behind the last argument', 'variable "v" {\n  type = string }\n', '6, column 17'],
    ['an expression that goes on in the next line', block('  default = 1\n  + 2'), '7, column 3'],
    ['a value in the next line', block('  default =\n    1'), '7, column 5'],
    ['a brace in the next line', 'variable "v"\n{\n}\n', '6, column 1'],
    ['elements of an object without a comma', block('  default = { a = 1 b = 2 }'), '6, column 21'],
    ['a comma in the next line', block('  default = {\n    a = 1\n    , b = 2\n  }'), '8, column 5'],
    ['a blank that is none', block('  default =\u00a01'), '6, column 12'],
    ['a sentence', 'this is no template\n', ''],
    ['an object', '{ a = 1 }\n', ''],
  ])('%s', async (_what, text, place) => {
    for (const content of [before + text + after, before + text]) {
      const problem = await problemOf({ 'main.tf': content })
      expect(problem).toMatchObject({ kind: 'syntax', message: expect.stringContaining('main.tf, line ') })
      expect(problem.message).toContain(`line ${place}`)
    }
  })

  test('a heredoc whose end has no line end', async () => {
    const problem = await problemOf({ 'main.tf': 'a = <<EOT\nabc\nEOT' })
    expect(problem.message).toBe('main.tf, line 1, column 5: the text that begins here is never closed')
  })

  test('in whatever file and part of it', async () => {
    const problem = await problemOf({
      'main.tf': before,
      'other.tf': 'resource "a_b" "c" {\n  x = [1\n}\n',
    })
    expect(problem.message).toBe('other.tf, line 2, column 7: the bracket that begins here is never closed')
  })

  test('counting characters, not the bytes or halves of them', async () => {
    expect((await problemOf({ 'main.tf': 'a = "🚀é" ]\n' })).message).toContain('line 1, column 10')
  })

  test('but not in what is no file of the root module', async () => {
    const content = 'a = = 1'
    const list = ['inner/main.tf', '.main.tf', 'main.tf.bak', 'main.tf~', 'main.txt', '#main.tf#', 'main.json']
    expect(await declaredVariables(list.map((path) => ({ path, content })))).toEqual([])
  })
})

describe('a text that is no JSON is refused at the place of its fault,', () => {
  test.each([
    ['a comma too many', '{\n  "variable": {},\n}', '3, column 1'],
    ['a name without quotes', '{ variable: {} }', '1, column 3'],
    ['an end too early', '{\n  "variable": {', '2, column 16'],
    ['something behind the end', '{}\n{}', '2, column 1'],
    ['a number with a zero', '{ "a": 01 }', '1, column 8'],
    ['an escape that there is not', '{ "é🚀": "\\x" }', '1, column 9'],
    ['a line break in a text', '{ "a": "\n" }', '1, column 8'],
    ['a comment', '{ // no\n}', '1, column 3'],
    ['a byte order mark', '\ufeff{}', '1, column 1'],
  ])('%s', async (_what, content, place) => {
    const problem = await problemOf({ 'main.tf.json': content })
    expect(problem).toMatchObject({ kind: 'syntax', message: expect.stringContaining(`main.tf.json, line ${place}: `) })
  })
})

test('what is wrong is told without the values that stand there', async () => {
  for (const content of [
    block('  default = "hunter2'),
    block('  default = "hunter2" "hunter2"'),
    block('  default = hunter2 hunter2'),
    block('  type = number\n  default = "hunter2"'),
    block('  default = upper("hunter2")'),
    block('  default = "\\d hunter2"'),
  ]) {
    expect((await problemOf({ 'main.tf': content })).message).not.toContain('hunter2')
  }
  for (const content of [
    '{"a": hunter2}',
    '{"a" "hunter2"}',
    '{"a": "hunter2\n"}',
    '{"variable":{"a":{"sensitive":"hunter2"}}}',
  ]) {
    expect((await problemOf({ 'main.tf.json': content })).message).not.toContain('hunter2')
  }
})

describe('a variable that the engine refuses is refused,', () => {
  test.each([
    ['with a call', '  default = upper("a")', '2, column 13: functions may not be called here'],
    ['with a call in a list', '  default = [\n    1,\n    file("x"),\n  ]', '4, column 5: functions may not'],
    ['with a reference', '  default = var.x', '2, column 13: nothing may be referred to'],
    ['with a reference in a text', '  default = "a ${local.x}"', '2, column 18: nothing may be referred to'],
    ['with a name as a value', '  default = abc', '2, column 13: nothing may be referred to'],
    ['with null in a text', '  default = "a${null}"', '2, column 15'],
    ['with a division by zero', '  default = 1 / 0', '2, column 13'],
    ['with an element that is not there', '  default = [1][1]', '2, column 16'],
    ['with a key that has dots', '  default = { a.b = 1 }', '2, column 15'],
    ['with half a character', '  default = "\\ud83d"', '2, column 13'],
    ['with results of two types', '  default = true ? 1 : false', '2, column 13'],
    ['with a text for a number', '  type = number\n  default = "ten"', '3, column 13: the default of variable "v"'],
    ['with a truth value for a number', '  type = number\n  default = true', '3, column 13'],
    ['with a capital truth value', '  type = bool\n  default = "True"', '3, column 13'],
    ['with a list for a text', '  type = string\n  default = []', '3, column 13'],
    ['with an object for a list', '  type = list(string)\n  default = {}', '3, column 13'],
    ['with a list for a map', '  type = map(string)\n  default = []', '3, column 13'],
    ['without an attribute', '  type = object({ a = any, b = any })\n  default = { a = 1 }', '"b" is missing'],
    ['with too few elements', '  type = tuple([any, any])\n  default = [1]', '2 elements are needed, not 1'],
    ['with elements of two types', '  type = list(any)\n  default = [1, true]', 'all elements must have one type'],
    ['with null where null is not allowed', '  nullable = false\n  default = null', '3, column 13'],
    ['with a type that there is not', '  type = text', '2, column 10: "text" is no type'],
    ['with a type without elements', '  type = set', '2, column 10'],
    ['with a type of two elements', '  type = list(string, string)', '2, column 10'],
    ['with a type of texts', '  type = object({ "a" = string })', '2, column 19'],
    ['with an optional type', '  type = optional(string)', '2, column 10'],
    ['with an attribute that is there twice', '  type = object({ a = string, a = any })', '2, column 31'],
    ['with a default that an attribute cannot have', '  type = object({ a = optional(number, "x") })', '2, column 40'],
    ['with a description that is no text', '  description = ["a"]', '2, column 17'],
    ['with a secrecy that is no truth value', '  sensitive = "yes"', '2, column 15'],
    ['with an argument that is there twice', '  default = 1\n  default = 2', '3, column 3: default is set twice'],
    ['with half a validation', '  validation {\n    condition = true\n  }', '2, column 3: a validation needs'],
  ])('%s', async (_what, lines, place) => {
    const problem = await problemOf({ 'main.tf': block(lines) })
    expect(problem).toMatchObject({ kind: 'content', message: expect.stringContaining('main.tf, line ') })
    expect(problem.message).toContain(place)
  })

  test.each(['', 'a b', '1a', '-a', 'a.b', '${v}', 'count', 'source', 'for_each', 'depends_on'])(
    'with the name "%s"',
    async (name) => {
      const problem = await problemOf({ 'main.tf': `variable "${name}" {}\n` })
      expect(problem.message).toContain(`main.tf, line 1, column 10: the name ${JSON.stringify(name)}`)
      const inJson = await problemOf({ 'main.tf.json': JSON.stringify({ variable: { [name]: {} } }) })
      expect(inJson.message).toContain('main.tf.json, line 1, column 14: the name')
    },
  )

  test.each(['variable {}\n', 'variable "a" "b" {}\n'])('as %j', async (content) => {
    expect((await problemOf({ 'main.tf': content })).message).toContain('line 1, column 1: a variable has one name')
  })

  test.each([
    ['twice in a file', { 'main.tf': 'variable "a" {}\n\nvariable "a" {}\n' }, 'main.tf, line 3, column 1'],
    ['twice in two files', { 'b.tf': 'variable "a" {}\n', 'a.tf': '\nvariable a {}\n' }, 'b.tf, line 1, column 1'],
    [
      'twice in both syntaxes',
      { 'a.tf': 'variable "a" {}\n', 'b.tf.json': '{"variable":{"a":{}}}' },
      'b.tf.json, line 1',
    ],
    ['twice in JSON', { 'a.tf.json': '{"variable":{\n"a":{},\n"a":{}}}' }, 'a.tf.json, line 3, column 1'],
    ['in an override alone', { 'a.tf': '', 'override.tf': 'variable "a" {}\n' }, 'override.tf, line 1'],
    [
      'with its validation overridden',
      {
        'a.tf': 'variable "a" {}\n',
        'override.tf': `variable "a" {\n  validation {\n    condition = true\n    error_message = "A."\n  }\n}\n`,
      },
      'override.tf, line 1',
    ],
    [
      'with a default that an override has no type for',
      { 'a.tf': 'variable "a" {\n  default = "x"\n}\n', 'b_override.tf': 'variable "a" {\n  type = number\n}\n' },
      'a.tf, line 2, column 13',
    ],
  ])('declared %s', async (_what, files, place) => {
    const problem = await problemOf(files as unknown as Record<string, string>)
    expect(problem).toMatchObject({ kind: 'content', message: expect.stringContaining(place) })
  })

  test.each([
    ['{"variable":{"a":{"default":1,"default":2}}}', '1, column 31: default is set twice'],
    ['{"variable":{"a":{"default":{"x":1,"x":2}}}}', '1, column 36: two elements have the key "x"'],
    ['{"variable":{"a":{"type":"text"}}}', '1, column 26: "text" is no type'],
    ['{"variable":{"a":{"type":"string\\nx = 1"}}}', '1, column 26'],
    ['{"variable":{"a":{"type":null}}}', '1, column 26'],
    ['{"variable":{"a":{"type":"number","default":"x"}}}', '1, column 45: the default of variable "a"'],
    ['{"variable":{"a":{"sensitive":null}}}', '1, column 31'],
    ['{"variable":{"a":{"description":[]}}}', '1, column 33'],
    ['{"variable":{"a":{"validation":{"condition":true}}}}', '1, column 32: a validation needs'],
  ])('in JSON as %s', async (content, place) => {
    const problem = await problemOf({ 'main.tf.json': content })
    expect(problem.message).toContain(`main.tf.json, line ${place}`)
  })
})

import { describe, expect, test } from 'vitest'
import { sensitiveValues } from '../../../shared/template/sensitive-values.ts'

const hcl = (content: string) => [{ path: 'main.tf', content }]
const nothing = { structure: [] }

describe('the values of sensitive variables', () => {
  test('are found in defaults, in vars_structure, in vars_body and behind vars_uri, and those of others are not', async () => {
    const files = hcl(`
      variable "a" {
        default   = "from default"
        sensitive = true
      }
      variable b { sensitive = true }
      variable "f" { sensitive = true }
      variable "c" { sensitive = false }
      variable "d" { default = "plain" }
      # variable "e" { sensitive = true }
    `)
    const given = {
      structure: [
        { key: 'a', value: 'from structure' },
        { key: 'd', value: 'plain too' },
        { key: 'e', value: 'a comment declares nothing' },
      ],
      body: 'b = "from body"\nc = "switched off"\n',
      uriContent: 'f = ["from uri"]\n',
    }
    expect((await sensitiveValues(files, given)).sort()).toEqual([
      'from body',
      'from default',
      'from structure',
      'from uri',
    ])
  })

  test.each([
    ['escapes', String.raw`"a\"b\\c\n\u00e9 \U0001F600"`, ['a"b\\c\né 😀']],
    ['signs of templates', '"$${x} %%{y}"', [['$', '{x} %{y}'].join('')]],
    ['objects and lists', '{ "key one" = ["x1", { deep = "x2" }], n = 5 }', ['key one', 'x1', 'x2']],
    ['an indented heredoc', '<<-END\n      one\n        two\n    END', ['one\n  two\n', 'one\n  two']],
    ['a heredoc', '<<END\n one \\n\nEND', [' one \\n\n', 'one \\n']],
    ['the words of the language', '["true", "null", ""]', []],
  ])('are read as the engine reads them: %s', async (_, literal, expected) => {
    const files = hcl(`variable "v" {\n  sensitive = true\n  default = ${literal}\n}`)
    expect(await sensitiveValues(files, nothing)).toEqual(expected)
  })

  test.each([
    ['"true"', 1],
    ['"false"', 0],
    ['false', 0],
    ['1 == 1', 1],
  ])('sensitive = %s counts unless it is off', async (value, count) => {
    const files = hcl(`variable "v" {\n  sensitive = ${value}\n  default = "text"\n}`)
    expect(await sensitiveValues(files, nothing)).toHaveLength(count)
  })

  test.each([
    ['an object', { variable: { v: { sensitive: true, default: { a: ['deep'] } } } }],
    ['lists', { variable: [{ v: [{ sensitive: 'true', default: 'deep' }] }] }],
  ])('are found in JSON syntax: %s', async (_, document) => {
    const files = [{ path: 'main.tf.json', content: JSON.stringify(document) }]
    const given = { structure: [{ key: 'v', value: 'given' }] }
    expect((await sensitiveValues(files, given)).sort()).toEqual(['deep', 'given'])
  })

  test('are none in what cannot be parsed or is no template', async () => {
    const files = [
      { path: 'main.tf.json', content: '{ "variable": sensitive' },
      {
        path: 'main.tf',
        content: Buffer.from('variable "v" { sensitive = true }').toString('base64'),
        encoding: 'base64' as const,
      },
      { path: 'notes.txt', content: 'variable "v" { sensitive = true\n default = "x" }' },
    ]
    expect(await sensitiveValues(files, nothing)).toEqual([])
  })
})

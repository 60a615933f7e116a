/** What cannot be hidden from the policy: in broken texts, behind unusual characters, in the JSON form. */
import { describe, expect, test } from 'vitest'
import { templateFindings } from '../../../shared/template/policy.ts'

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the interpolations are the template's
const hcl = (content: string) => templateFindings([{ path: 'main.tf', content }])
const json = (value: unknown) =>
  templateFindings([
    { path: 'main.tf.json', content: typeof value === 'string' ? value : JSON.stringify(value, undefined, 1) },
  ])
const first = async (found: ReturnType<typeof hcl>) => {
  const [finding] = await found
  return finding && `${finding.line}: ${finding.construct}`
}
const attribute = (expression: string) => `locals {\n  a = ${expression}\n}\n`
const outside = (name: string) => `2: function ${name} with a path that is not a literal inside the template's folder`

describe('the JSON form', () => {
  test.each<[string, unknown, string]>([
    [
      'a provisioner',
      { resource: { null_resource: { a: { provisioner: { 'local-exec': { command: 'x' } } } } } },
      '6: provisioner "local-exec"',
    ],
    [
      'a provisioner in lists',
      { resource: [{ a_b: [{ c: [{ provisioner: [{ file: {} }] }] }] }] },
      '10: provisioner "file"',
    ],
    [
      'a dynamic provisioner',
      { resource: { a_b: { c: { dynamic: { provisioner: {} } } } } },
      '6: dynamic "provisioner"',
    ],
    ['a connection', { resource: { a_b: { c: { connection: {} } } } }, '5: connection'],
    ['a backend', { terraform: [{ backend: { local: {} } }] }, '5: backend "local" in terraform'],
    ['a cloud block', { terraform: { cloud: {} } }, '3: cloud in terraform'],
    ['an external data source', { data: { external: { a: {} } } }, '4: data "external" "a"'],
    [
      'an external data source in a check',
      { check: { a: { data: { external: { b: {} } } } } },
      '6: data "external" "b"',
    ],
    ['a local file', { resource: { local_file: { a: {} } } }, '4: resource "local_file" "a"'],
    ['a program of a provider', { provider: { helm: [{ kubernetes: { exec: {} } }] } }, '6: exec in provider'],
    [
      'a refused provider',
      { terraform: { required_providers: { x: { source: 'hashicorp/external' } } } },
      '5: provider "hashicorp/external"',
    ],
    ['a call in a string', { locals: { a: 'x ${file("/etc/passwd")}' } }, outside('file').replace('2', '3')],
    ['a call in a name', { locals: { a: { '${abspath(".")}': 1 } } }, '4: function abspath'],
    ['a call in a directive', { locals: { a: ['%{ if fileexists("/x") }y%{ endif }'] } }, '4: function fileexists'],
    [
      'a module from elsewhere',
      { module: { a: { source: 'git::https://example.com/x' } } },
      '3: module with the source "git::https://example.com/x", which is not local,',
    ],
  ])('with %s', async (_what, value, expected) => {
    expect(await first(json(value))).toContain(expected)
  })

  test('hides nothing behind a second member of the same name, nor behind escapes', async () => {
    expect(await first(json('{"data":{"external":{"a":{}}},\n"data":{}}'))).toBe('1: data "external" "a"')
    expect(await first(json('{"d\\u0061ta":{"ext\\u0065rnal":{"a":{}}}}'))).toBe('1: data "external" "a"')
    expect(await first(json('{"locals":{"a":"\\u0024{file(\\"/x\\")}"}}'))).toContain('function file')
  })

  test('may mention the words, escape them, and use what is allowed', async () => {
    expect(
      await json({
        '//': 'provisioner, file("/x"), backend',
        terraform: { '//': 'cloud', required_version: '>= 1.5' },
        variable: { a: { description: 'file("/x")' } },
        locals: { a: '$${file("/x")}', b: '${file("x.txt")}', provisioner: { backend: 'cloud' } },
        resource: { a_b: { c: { tags: { provisioner: 'x' }, multi: 'line one\n${upper("x")}\n' } } },
      }),
    ).toEqual([])
  })
})

describe('nothing can be hidden in a text that is not read for certain', () => {
  const broken = 'resource "a_b" "c" {\n  x = = 1\n'
  test.each<[string, string]>([
    ['a function after a syntax error', `${broken}  y = file("/x")\n}\n`],
    ['a provisioner after a syntax error', `${broken}  provisioner "local-exec" {\n  }\n}\n`],
    ['a data source after a syntax error', `${broken}}\ndata "external" "x" {\n}\n`],
    ['the same with an escape', `${broken}}\ndata "ext\\u0065rnal" "x" {\n}\n`],
    ['a backend after a syntax error', `${broken}}\nterraform {\n  backend "s3" {\n  }\n}\n`],
    ['a module after a syntax error', `${broken}}\nmodule "x" {\n  source = "git::x"\n}\n`],
    [
      'a provider after a syntax error',
      `${broken}}\nterraform {\n  required_providers {\n    x = { source = "hashicorp/local" }\n  }\n}\n`,
    ],
    ['a call in a directive with quotes', attribute('"%{ if file("/x") == "y" }y%{ endif }"')],
    ['a call behind a lone carriage return', '# x\rlocals { a = file("/x") }\n'],
    ['a call behind many dollars', attribute('"$$$${file(var.x)}"')],
    ['a call behind a null character', '# \0\nlocals {\n  a = 1 # abspath("x")\n}\n'],
    ['a call after a heredoc with an unusual marker', 'locals {\n  a = <<É\nx\nÉ\n  b = file("/x")\n}\n'],
    ['a call inside what only looks like a heredoc’s text', 'locals {\n  a = <<EOT\nx\n EOT\nb = file("/x")\nEOT\n}\n'],
    ['an exec after a syntax error', 'provider "helm" {\n  x = = 1\n  exec = { command = "x" }\n}\n'],
  ])('%s', async (_what, content) => {
    expect((await hcl(content)).length).toBeGreaterThan(0)
  })

  test('and a syntax error alone is left to the engine', async () => {
    for (const content of [
      broken,
      `${broken}}\n`,
      'resource "terraform_data" "x" {\n  input = \n',
      'output "a" {\n  value = "x\n}\n',
    ]) {
      expect(await hcl(content)).toEqual([])
    }
  })
})

test('the longest text is checked in bounded time, however it is made', async () => {
  const fill = (text: string) => text.repeat(Math.floor(51_200 / text.length))
  for (const content of [
    fill('data '),
    `{ ${fill('cloud ').slice(4)}`,
    `a = ${'('.repeat(25_000)}`,
    `a = ${'"${'.repeat(17_000)}`,
    fill('a = file(/**/"x")\n'),
    fill('a = <<E\n'),
    fill('locals {\n a = "${upper("x")}"\n}\n'),
    `${'a {\n'.repeat(20_000)}${'}\n'.repeat(20_000)}`,
    '= file('.repeat(60_000),
  ]) {
    const startedAt = performance.now()
    await hcl(content)
    expect(performance.now() - startedAt, content.slice(0, 20)).toBeLessThan(5_000)
  }
})

/** What a template of the profile `hosted` may contain, in both spellings, and what cannot be hidden from the check. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { errorEntry, RfsError } from '../../../shared/contract/errors.ts'
import { refuseByPolicy, templateFindings } from '../../../shared/template/policy.ts'

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the interpolations are the template's
const hcl = (content: string) => templateFindings([{ path: 'main.tf', content }])
const first = async (found: ReturnType<typeof hcl>) => {
  const [finding] = await found
  return finding && `${finding.line}: ${finding.construct}`
}

const attribute = (expression: string) => `locals {\n  a = ${expression}\n}\n`
const outside = (name: string) => `2: function ${name} with a path that is not a literal inside the template's folder`

describe('HCL with a block that is not allowed', () => {
  test.each<[string, string, string]>([
    [
      'a provisioner',
      'resource "null_resource" "a" {\n  provisioner "local-exec" {\n    command = "x"\n  }\n}\n',
      '2: provisioner "local-exec"',
    ],
    [
      'a provisioner in terraform_data on one line',
      'resource "terraform_data" "a" { provisioner "remote-exec" {} }\n',
      '1: provisioner "remote-exec"',
    ],
    [
      'a provisioner with a bare label after comments',
      'resource "a_b" "a" {\n  # x\n  provisioner /* y */ file {\n  }\n}\n',
      '3: provisioner "file"',
    ],
    [
      'a provisioner in removed',
      'removed {\n  from = a_b.c\n  provisioner "local-exec" {\n  }\n}\n',
      '3: provisioner "local-exec"',
    ],
    [
      'a dynamic provisioner',
      'resource "a_b" "c" {\n  dynamic "provisioner" {\n    for_each = [1]\n    content {\n    }\n  }\n}\n',
      '2: dynamic "provisioner"',
    ],
    [
      'a provisioner inside a dynamic block',
      'resource "a_b" "c" {\n  dynamic "rule" {\n    content {\n      provisioner "file" {\n      }\n    }\n  }\n}\n',
      '4: provisioner "file"',
    ],
    ['a connection', 'resource "a_b" "c" {\n  connection {\n  }\n}\n', '2: connection'],
    ['a backend', '\nterraform {\n  backend "s3" {\n  }\n}\n', '3: backend "s3" in terraform'],
    ['a backend with a bare label', 'terraform {\n  backend local {\n  }\n}\n', '2: backend "local" in terraform'],
    ['a cloud block', 'terraform {\n  cloud {\n  }\n}\n', '2: cloud in terraform'],
    [
      'an encryption block, whose keys may come from a program',
      'terraform {\n  encryption {\n  }\n}\n',
      '2: encryption in terraform',
    ],
    ['an external data source', 'data "external" "a" {\n}\n', '1: data "external" "a"'],
    ['the same with an escape in its label', 'data "ext\\u0065rnal" "a" {\n}\n', '1: data "external" "a"'],
    ['the same in a check', 'check "a" {\n  data "external" "b" {\n  }\n}\n', '2: data "external" "b"'],
    [
      'another state',
      'data "terraform_remote_state" "a" {\n  backend = "local"\n}\n',
      '1: data "terraform_remote_state" "a"',
    ],
    ['a local file', 'resource "local_file" "a" {\n}\n', '1: resource "local_file" "a"'],
    ['a sensitive local file', 'data local_sensitive_file a {\n}\n', '1: data "local_sensitive_file" "a"'],
    ['an address seen from the runner', 'data "http" "a" {\n}\n', '1: data "http" "a"'],
    ['a program of a provider', 'provider "kubernetes" {\n  exec {\n  }\n}\n', '2: exec in provider'],
    ['the same as an attribute', 'provider "helm" {\n  kubernetes = {\n    exec = {}\n  }\n}\n', '3: exec in provider'],
    [
      'the same deeper and dynamic',
      'provider "helm" {\n  kubernetes {\n    dynamic "exec" {\n    }\n  }\n}\n',
      '3: dynamic "exec"',
    ],
    ['a provider of the machine', 'provider "local" {\n}\n', '1: provider "local"'],
    [
      'such a provider by another name',
      'terraform {\n  required_providers {\n    x = { source = "registry.opentofu.org/Hashicorp/local" }\n  }\n}\n',
      '3: provider "registry.opentofu.org/Hashicorp/local"',
    ],
    [
      'such a provider without an address',
      'terraform {\n  required_providers {\n    external = {}\n  }\n}\n',
      '3: provider external',
    ],
  ])('%s', async (_what, content, expected) => {
    expect(await first(hcl(content))).toBe(expected)
  })
})

describe('HCL with a function that is not allowed', () => {
  test.each<[string, string]>([
    ['file("/etc/passwd")', outside('file')],
    ['file("../x")', outside('file')],
    ['file("a/../../x")', outside('file')],
    ['file("~/x")', outside('file')],
    ['file(var.path)', outside('file')],
    ['file("${var.path}")', outside('file')],
    ['file("\\u002fetc/passwd")', outside('file')],
    ['file(local.list...)', outside('file')],
    ['file("${path.module}/../x")', outside('file')],
    ['file("${path.module}${var.x}")', outside('file')],
    ['core::file("/x")', outside('core::file')],
    ['file /* c */ ("/x")', outside('file')],
    ['upper(trimspace(filebase64("/x")))', outside('filebase64')],
    ['{ (filesha256("/x")) = 1 }', outside('filesha256')],
    ['"a ${filemd5("/x")}"', outside('filemd5')],
    ['"a ${"b ${filesha1("/x")}"}"', outside('filesha1')],
    ['"$$${file(var.x)}"', outside('file')],
    ['[for x in fileset("/", "**") : x]', outside('fileset')],
    ['fileset("a", "../*")', outside('fileset')],
    ['fileset("a", "{.,x}{.,x}/*")', outside('fileset')],
    ['"%{ if fileexists(var.x) }y%{ endif }"', outside('fileexists')],
    ['<<-EOT\n  b ${filesha512("/x")}\n  EOT', '3: function filesha512'],
    ['<<EOT\n%{ for x in fileset("/", "*") }${x}%{ endfor }\nEOT', '3: function fileset'],
    ['filebase64sha256("/x")', outside('filebase64sha256')],
    ['filebase64sha512("/x")', outside('filebase64sha512')],
    ['abspath(".")', '2: function abspath'],
    ['pathexpand("~")', '2: function pathexpand'],
    ['templatefile("main.tf", {})', '2: function templatefile'],
    ['templatestring(local.b, {})', '2: function templatestring'],
    ['provider::local::direxists("/")', '2: function provider::local::direxists'],
    ['path.cwd', '2: path.cwd'],
    ['"${path . cwd}/x"', '2: path.cwd'],
  ])('%s', async (expression, expected) => {
    expect(await first(hcl(attribute(expression)))).toContain(expected)
  })
})

describe('a template is allowed', () => {
  test.each<[string, string]>([
    ['with a path of its own', attribute('file("files/a.txt")')],
    [
      'with a path of its module',
      attribute('"${file("${path.module}/a.txt")}${fileset(path.module, "x") == null}"').replace(
        'fileset(path.module, "x")',
        'fileset("files", "**/*.txt")',
      ),
    ],
    ['with paths that are only text', attribute('[basename("/a/b"), dirname("/a/b"), path.root]')],
    [
      'with the words in comments',
      '# file("/x") provisioner "a" {\n// backend "s3" {\n/* cloud { } abspath("x") */\n' + attribute('1'),
    ],
    ['with the words in strings', attribute('"file(x) provisioner local-exec backend cloud { }"')],
    ['with the words escaped', attribute('"$${file(x)} and %%{ if fileexists(x) }"')],
    ['with the words in a heredoc', attribute('<<EOT\nprovisioner "local-exec" { file(/x) }\n$${abspath(x)}\nEOT')],
    [
      'with the words as names',
      'locals {\n  file = 1\n  cloud = { backend = 2, exec = 3 }\n  x = local.file + var.cwd\n}\n',
    ],
    [
      'with moved, removed, import and check',
      'moved {\n  from = a_b.c\n  to = a_b.d\n}\nremoved {\n  from = a_b.e\n}\nimport {\n  to = a_b.f\n  id = "1"\n}\ncheck "x" {\n  assert {\n    condition = true\n    error_message = "no"\n  }\n}\n',
    ],
    ['with functions of providers', attribute('provider::time::rfc3339_parse("x")')],
    [
      'with provider_meta and required_providers',
      'terraform {\n  required_version = ">= 1.5"\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n  provider_meta "aws" {\n  }\n}\n',
    ],
    [
      'with null_resource and nested blocks of resources',
      'resource "null_resource" "a" {\n  connection_x {\n    connection {\n    }\n  }\n}\n',
    ],
    ['with directives that the grammar does not know', attribute('"%{ if var.a == "x" }y%{ endif }"')],
  ])('%s', async (_what, content) => {
    expect(await hcl(content)).toEqual([])
  })

  test('as the example of this project', async () => {
    expect(await hcl(readFileSync('examples/hello/main.tf', 'utf8'))).toEqual([])
  })

  test('whatever it has in the profile open', async () => {
    const files = [{ path: 'main.tf', content: 'terraform {\n  backend "s3" {\n  }\n}\n' }]
    await expect(refuseByPolicy(files, 'open')).resolves.toBeUndefined()
  })
})

describe('modules', () => {
  const call = (name: string, source: string) => `module "${name}" {\n  source = ${source}\n}\n`

  test.each([
    ['"hashicorp/consul/aws"', 'not local'],
    ['"git::https://example.com/x.git"', 'not local'],
    ['"/etc"', 'not local'],
    ['"../x"', 'outside the template'],
    ['"./a/../../x"', 'outside the template'],
    ['"./\\u002e./x"', 'not a literal'],
    ['var.source', 'not a literal'],
    ['"./${var.x}"', 'not a literal'],
  ])('from %s are refused', async (source, why) => {
    expect(await first(hcl(call('a', source)))).toContain(why)
  })

  test('are local, and may call their neighbours', async () => {
    const files = [
      { path: 'main.tf', content: call('a', '"./modules/a"') },
      { path: 'modules/a/main.tf', content: call('b', '"../b"') },
      { path: 'modules/b/main.tf', content: 'output "x" {\n  value = 1\n}\n' },
    ]
    expect(await templateFindings(files)).toEqual([])
  })

  test('are checked inside as well', async () => {
    const files = [
      { path: 'main.tf', content: call('a', '"./m"') },
      { path: 'm/x.tf.json', content: '{"locals":{"a":"${file(\\"/x\\")}"}}' },
    ]
    expect(await templateFindings(files)).toMatchObject([{ file: 'm/x.tf.json', line: 1 }])
  })

  test('are 25 at most', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => call(`m${at}`, '"./m"')).join('')
    expect(await hcl(many(25))).toEqual([])
    expect(await first(hcl(many(26)))).toContain('module number 26 (the limit is 25)')
  })

  test('are nested three deep at most, also when they call themselves', async () => {
    const chain = (depth: number) =>
      Array.from({ length: depth }, (_, at) => ({
        path: `${'m/'.repeat(at)}main.tf`,
        content: call('next', '"./m"'),
      }))
    expect(await templateFindings(chain(3))).toEqual([])
    expect((await templateFindings(chain(4)))[0]?.construct).toContain('module at depth 4')
    expect((await hcl(call('self', '"./"')))[0]?.construct).toContain('module at depth 4')
  })
})

test('JSON that is none, or is nested deeper than any template, is refused in whatever folder it lies', async () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  for (const content of ['{', '{"a": 01}', "{'a': 1}", `{"a":${deep}}`]) {
    const files = [
      { path: 'main.tf', content: 'locals {}' },
      { path: 'm/n/x.tf.json', content },
    ]
    const unreadable = { file: 'm/n/x.tf.json', line: 1, construct: 'JSON that cannot be read for certain' }
    expect(await templateFindings(files)).toEqual([unreadable])
  }
})

test('the refusal names file, line and construct', async () => {
  const content = 'resource "null_resource" "a" {\n  provisioner "local-exec" {\n    command = file("/x")\n  }\n}\n'
  const refused = await refuseByPolicy([{ path: 'main.tf', content }], 'hosted').catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(RfsError)
  expect(errorEntry((refused as RfsError).errorName)).toMatchObject({ status: 400, code: 'RF.10011074' })
  expect((refused as RfsError).detail).toBe(
    'main.tf, line 2: provisioner "local-exec" is not allowed in templates of this service (and 1 more).',
  )
})

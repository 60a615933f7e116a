/** The template and variables of a request: what is kept, and what is refused before anything is deployed. */
import { describe, expect, test } from 'vitest'
import { errorEntry, RfsError } from '../../../shared/contract/errors.ts'
import type { TemplateInput } from '../../../shared/contract/fields.ts'
import { type FetchAnswer, type FetchRequest, fetchProblems } from '../../../shared/fetch/protocol.ts'
import { openTemplateIntake, refuseImportsWithRollback } from '../../../shared/template/intake.ts'

const fetcher = { fetch: async () => expect.unreachable('nothing is to be fetched') }
const intake = openTemplateIntake({ profile: 'hosted', fetcher })
const readTemplateInput = (body: TemplateInput) => intake.readInput(body, 'p')

const hcl = 'resource "terraform_data" "a" {\n  input = "x"\n}\n'
const variable = (var_key: string, var_value = '1') => ({ var_key, var_value })

/** The refusal as the caller sees it. */
async function refusal(
  body: TemplateInput,
  read: (body: TemplateInput) => Promise<unknown> = readTemplateInput,
): Promise<{ code: string; detail: string | undefined }> {
  try {
    await read(body)
  } catch (error) {
    if (error instanceof RfsError) return { code: errorEntry(error.errorName).code, detail: error.detail }
    throw error
  }
  throw new Error('it was accepted')
}
const withVariables = (given: Partial<TemplateInput>) => readTemplateInput({ template_body: hcl, ...given })

describe('a template', () => {
  test('in HCL is kept as it is', async () => {
    expect(await readTemplateInput({ template_body: hcl })).toEqual({
      template: { extension: 'tf', content: Buffer.from(hcl) },
      variables: {},
      imports: false,
    })
  })

  test('in JSON is kept as it is, blanks before it included', async () => {
    for (const content of ['{"resource":{}}', ' \n\t{"resource":{"a_b":{"c":{}}}}\n', '{}']) {
      const input = await readTemplateInput({ template_body: content })
      expect(input?.template).toEqual({ extension: 'tf.json', content: Buffer.from(content) })
    }
  })

  test('that is absent or empty is none, and the variables beside it do not matter', async () => {
    for (const body of [{}, { template_body: '' }, { template_body: '', vars_body: 'a = 1' }]) {
      expect(await readTemplateInput(body)).toBeUndefined()
    }
  })

  test('with faults the engine can explain better is kept: only what is no template at all is refused', async () => {
    for (const content of [
      'resource "a_b" "c" {\n',
      'resource a_b {',
      'no_such_block "x" {}',
      'a = 1\n',
      '# only a comment',
    ]) {
      const input = await readTemplateInput({ template_body: content })
      expect(input?.template).toEqual({ extension: 'tf', content: Buffer.from(content) })
    }
  })

  test('that is neither HCL nor JSON is refused', async () => {
    for (const template_body of ['Just some words.', '<xml/>', 'resources:\n  - web\n', '[{"resource":{}}]']) {
      expect(await refusal({ template_body })).toEqual({
        code: 'RF.10011073',
        detail: 'template_body is neither HCL nor JSON: no block or argument was found in it.',
      })
    }
  })

  test('that begins like JSON and is none is refused, and the sentence repeats nothing of it', async () => {
    for (const template_body of ['{"resource":', '{ resource = 1 }', '{"password":"hunter2",}', '{}{}', '{']) {
      const { code, detail } = await refusal({ template_body })
      expect(code).toBe('RF.10011073')
      expect(detail).toMatch(/^template_body begins like JSON but is not well-formed: line \d+, column \d+: .*\.$/)
      expect(detail).not.toMatch(/hunter2|password|resource/)
    }
  })

  test('in JSON that begins with a byte order mark is refused', async () => {
    expect(await refusal({ template_body: '\ufeff{"resource":{}}' })).toMatchObject({ code: 'RF.10011120' })
  })

  test('in letters of other scripts is kept letter by letter', async () => {
    const content = 'locals {\n  größe = "堆栈 🚀"\n}\n'
    expect((await readTemplateInput({ template_body: content }))?.template.content.toString()).toBe(content)
  })
})

describe('a template that imports existing resources', () => {
  const importing = 'import {\n  to = terraform_data.a\n  id = "x"\n}\n'

  test.each([
    ['HCL with an import block', `${hcl}${importing}`, true],
    ['JSON with one', '{"import":[{"to":"terraform_data.a","id":"x"}]}', true],
    ['HCL that only speaks of it', `${hcl}# import {}\nlocals {\n  import = "import {}"\n}\n`, false],
    ['JSON that only speaks of it', '{"locals":{"import":"x"}}', false],
  ])('is known: %s', async (_what, template_body, imports) => {
    expect((await readTemplateInput({ template_body }))?.imports).toBe(imports)
  })

  test('may not be deployed where a failure is rolled back automatically, and anything else may', () => {
    expect(() => refuseImportsWithRollback(true, true)).toThrow(
      expect.objectContaining({ errorName: 'TemplateInvalid' }),
    )
    for (const [imports, rollback] of [
      [true, false],
      [false, true],
      [false, false],
    ] as const) {
      refuseImportsWithRollback(imports, rollback)
    }
  })
})

describe('variables', () => {
  test('are kept in the carriers they came in, unmerged', async () => {
    const vars_structure = [variable('size', '3'), variable('name', '')]
    const vars_body = 'tags = ["a", "b"]\n# a comment\nregion = "eu"\n'
    expect((await withVariables({ vars_structure, vars_body }))?.variables).toEqual({
      structure: vars_structure,
      body: vars_body,
    })
  })

  test('in an empty list or text are none', async () => {
    expect((await withVariables({ vars_structure: [], vars_body: '', vars_uri: '' }))?.variables).toEqual({})
  })

  test('may have every form that HCL values have', async () => {
    const vars_body = `
text    = "a = 1"
number  = 1.5e3
flag    = true
nothing = null
list    = [
  1,
  { deep = { er = "x" } },
]
map     = { "key with blanks" = 1, other : 2 }
heredoc = <<EOT
fake = 1
EOT
größe   = "groß"
`
    expect((await withVariables({ vars_body }))?.variables).toEqual({ body: vars_body })
  })

  test.each([
    [
      'the structure',
      { vars_structure: [variable('a'), variable('b'), variable('a')] },
      'a is set twice in vars_structure.',
    ],
    ['the text', { vars_body: 'a = 1\nb = 2\na = 3\n' }, 'a is set twice in vars_body.'],
    [
      'both carriers',
      { vars_structure: [variable('x'), variable('a')], vars_body: 'b = 1\na = 2\n' },
      'a is set in vars_structure and in vars_body; set it in one.',
    ],
    [
      'both carriers, in other scripts',
      { vars_structure: [variable('größe')], vars_body: 'größe = 2\n' },
      'größe is set in vars_structure and in vars_body; set it in one.',
    ],
  ])('that are set twice in %s are refused, with their name', async (_where, given, detail) => {
    expect(await refusal({ template_body: hcl, ...given })).toEqual({ code: 'RF.10011093', detail })
  })

  test('are not set twice by what only looks so: in texts, nested values and comments', async () => {
    const vars_body = 'a = { b = 1 }\nc = "b = 2"\n# b = 3\nd = <<EOT\nb = 4\nEOT\n'
    await expect(withVariables({ vars_structure: [variable('b')], vars_body })).resolves.toBeDefined()
  })

  test.each([
    ['a value that is missing', 'a = 1\nb = \n', 3],
    ['a value that is missing in the middle', 'a = 1\nb = }\nc = 1\n', 2],
    ['a name without a value', 'a = 1\n\nb\n', 3],
    ['a comparison', 'a == 1\n', 1],
    ['a list that is never closed', 'a = 1\nb = [1,\n', 2],
    ['words', 'this is no variable\n', 1],
    ['JSON', '{"a": 1}', 1],
    ['YAML', 'a: 1\nb: 2\n', 1],
  ])('in a text with %s are refused with its place', async (_what, vars_body, line) => {
    const { code, detail } = await refusal({ template_body: hcl, vars_body })
    expect(code).toBe('RF.10011051')
    expect(detail).toMatch(
      new RegExp(`^vars_body must hold lines of the form name = value; see line ${line}, column \\d+\\.$`),
    )
  })

  test('in a text with a block are refused: a tfvars file has none', async () => {
    expect(await refusal({ template_body: hcl, vars_body: 'a = 1\nvariable "b" {\n}\n' })).toMatchObject({
      code: 'RF.10011051',
    })
  })

  test('never have their values repeated in a refusal', async () => {
    for (const vars_body of ['password = "hunter2\n', 'password = "hunter2"\npassword = "hunter2"\n']) {
      expect((await refusal({ template_body: hcl, vars_body })).detail).not.toContain('hunter2')
    }
  })
})

describe('a template or variables by address', () => {
  const asked: FetchRequest[] = []
  const served = (files: Readonly<Record<string, FetchAnswer | string | Buffer>>) =>
    openTemplateIntake({
      profile: 'hosted',
      fetcher: {
        fetch: async (request) => {
          asked.push(request)
          const file = files[request.address] ?? expect.unreachable(`${request.address} is not to be fetched`)
          if (typeof file === 'object' && 'outcome' in file) return file
          return { outcome: 'fetched', base64: Buffer.from(file).toString('base64') }
        },
      },
    })
  const refusalOf = async (given: TemplateInput, files: Parameters<typeof served>[0]) =>
    refusal(given, (body) => served(files).readInput(body, 'p'))

  test('is what the address led to, byte by byte, whatever follows its extension', async () => {
    const address = 'https://h/main.tf?X-Amz-Signature=1'
    const content = Buffer.from(`\ufeff${hcl}`)
    const vars = 'https://h/a.tfvars'
    const intake = served({ [address]: content, [vars]: '\ufeffb = 2\n' })
    const given = { template_uri: address, vars_uri: vars, vars_body: 'a = 1' }
    expect(await intake.readInput(given, 'p')).toEqual({
      template: { extension: 'tf', content },
      variables: { body: 'a = 1', uriContent: 'b = 2\n' },
      imports: false,
    })
    expect(asked).toContainEqual({ address, project: 'p', maxBytes: 1_048_576 })
    expect(asked).toContainEqual({ address: vars, project: 'p', maxBytes: 51_200 })
  })

  test('is not asked for when its path has another extension', async () => {
    for (const template_uri of ['https://h/main.txt?x=a.tf', 'https://h/x#main.zip', 'https://h/main%2Etf?a.tf']) {
      expect(await refusalOf({ template_uri }, {})).toMatchObject({ code: 'RF.10011022' })
    }
    const vars_uri = 'https://h/vars?a.tfvars'
    expect(await refusalOf({ template_body: hcl, vars_uri }, {})).toMatchObject({ code: 'RF.10011049' })
  })

  test('is not asked for when the body carries no template: its variables do not matter', async () => {
    expect(await served({}).readInput({ vars_uri: 'https://h/a.tfvars' }, 'p')).toBeUndefined()
  })

  test.each(fetchProblems.filter((problem) => problem !== 'too-large'))(
    'that is %s is refused in words',
    async (problem) => {
      const answer: FetchAnswer = { outcome: 'refused', problem, ...(problem === 'no-file' ? { status: 403 } : {}) }
      const template = await refusalOf({ template_uri: 'https://h/m.zip' }, { 'https://h/m.zip': answer })
      expect(template).toEqual({ code: 'RF.10011035', detail: expect.stringMatching(/^template_uri .*\.$/) })
      const given = { template_body: hcl, vars_uri: 'https://h/v.tfvars' }
      expect(await refusalOf(given, { 'https://h/v.tfvars': answer })).toEqual({
        code: 'RF.10011049',
        detail: template.detail?.replace('template_uri', 'vars_uri'),
      })
    },
  )

  test.each([
    ['https://h/m.tf', 'RF.10011013'],
    ['https://h/m.tf.json', 'RF.10011013'],
    ['https://h/m.zip', 'RF.10011042'],
  ])('that is too large is refused: %s', async (template_uri, code) => {
    const answer: FetchAnswer = { outcome: 'refused', problem: 'too-large' }
    expect(await refusalOf({ template_uri }, { [template_uri]: answer })).toMatchObject({ code })
  })

  test.each([
    ['https://h/m.tf', 'Just some words.', 'RF.10011075'],
    ['https://h/m.tf', Buffer.from([0x6c, 0xff]), 'RF.10011085'],
    ['https://h/m.tf.json', hcl, 'RF.10011075'],
    ['https://h/m.tf.json', '"locals"', 'RF.10011075'],
    ['https://h/m.tf.json', '{"a":', 'RF.10011074'],
    ['https://h/m.tf.json', '\ufeff{}', 'RF.10011120'],
    ['https://h/m.zip', hcl, 'RF.10011075'],
    ['https://h/m.zip', '', 'RF.10011075'],
    ['https://h/m.zip', 'PK\x03\x04 and nothing else', 'RF.10011102'],
  ])('that is not what its extension says is refused: %s with %j', async (template_uri, content, code) => {
    expect(await refusalOf({ template_uri }, { [template_uri]: content })).toMatchObject({ code })
  })

  test('sets no variable that is set elsewhere, and holds nothing but variables', async () => {
    const vars_uri = 'https://h/v.tfvars'
    const given = { template_body: hcl, vars_uri }
    const withFile = (content: string | Buffer, more: TemplateInput = {}) =>
      refusalOf({ ...given, ...more }, { [vars_uri]: content })
    expect(await withFile('a = 1\na = 2\n')).toEqual({ code: 'RF.10011093', detail: 'a is set twice in vars_uri.' })
    expect(await withFile('a = 1\n', { vars_body: 'a = 1\n' })).toEqual({
      code: 'RF.10011093',
      detail: 'a is set in vars_body and in vars_uri; set it in one.',
    })
    expect(await withFile('a = 1\n', { vars_structure: [variable('a')] })).toMatchObject({ code: 'RF.10011093' })
    for (const content of ['variable "a" {}\n', 'a = \n', '{"a": 1}', Buffer.from([0x61, 0xff])]) {
      expect(await withFile(content)).toMatchObject({ code: 'RF.10011050' })
    }
  })
})

/** The template and variables of a request: what is kept, and what is refused before anything is deployed. */
import { describe, expect, test } from 'vitest'
import { errorEntry, RfsError } from '../../../shared/contract/errors.ts'
import type { TemplateInput } from '../../../shared/contract/fields.ts'
import { openTemplateIntake, refuseImportsWithRollback } from '../../../shared/template/intake.ts'

const intake = openTemplateIntake({ profile: 'hosted' })
const readTemplateInput = (body: TemplateInput) => intake.readInput(body, 'p')

const hcl = 'resource "terraform_data" "a" {\n  input = "x"\n}\n'
const variable = (var_key: string, var_value = '1') => ({ var_key, var_value })

/** The refusal as the caller sees it. */
async function refusal(body: TemplateInput): Promise<{ code: string; detail: string | undefined }> {
  try {
    await readTemplateInput(body)
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
      expect(detail).toBe('template_body begins like JSON but is not well-formed.')
    }
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

describe('what this service does not do yet', () => {
  test('is refused before anything is read: templates and variables by address', async () => {
    expect(await refusal({ template_uri: 'https://b/m.tf' })).toMatchObject({
      code: 'RF.10011035',
      detail: expect.stringContaining('template_body'),
    })
    expect(await refusal({ template_body: 'no template', vars_uri: 'https://b/v.tfvars' })).toMatchObject({
      code: 'RF.10011049',
      detail: expect.stringContaining('vars_body'),
    })
  })
})

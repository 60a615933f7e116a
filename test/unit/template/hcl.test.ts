/** What is read of an HCL text: names and block types at its top, whether it is HCL at all, and where it breaks. */
import { describe, expect, test } from 'vitest'
import { outlineHcl } from '../../../shared/template/hcl.ts'

describe('an outline', () => {
  test('has the attributes and blocks at the top, in order, and none from within', async () => {
    const text = `
size = 3
variable "a" {
  default = { inner = 1 }
}
resource "a_b" "c" {
  input = 1
  lifecycle {
    prevent_destroy = true
  }
}
names = ["x", "y"]
locals {}
`
    expect(await outlineHcl(text)).toEqual({
      attributes: ['size', 'names'],
      blocks: ['variable', 'resource', 'locals'],
      alien: false,
    })
  })

  test('keeps a name that stands twice', async () => {
    expect((await outlineHcl('a = 1\nb = 2\na = 3\n')).attributes).toEqual(['a', 'b', 'a'])
  })

  test.each([
    ['an empty text', ''],
    ['blanks', ' \n\t\r\n'],
    ['comments', '# one\n// two\n/* three\n   lines */\n'],
  ])('of %s is empty, and that is no fault', async (_what, text) => {
    expect(await outlineHcl(text)).toEqual({ attributes: [], blocks: [], alien: false })
  })

  test('is not misled by what stands in texts, heredocs and comments', async () => {
    const text = `
script = <<-EOT
  fake = 1
  resource "x" "y" {
  }
  \${var.real} and %{ if true }yes%{ endif }
  EOT
plain = <<EOT
other = 2
EOT
quoted = "a = 1 # no comment \\" } \${upper("x = {")}"
# hidden = 1
/* also = 2 */
last = true
`
    expect(await outlineHcl(text)).toEqual({
      attributes: ['script', 'plain', 'quoted', 'last'],
      blocks: [],
      alien: false,
    })
  })

  test.each([
    ['letters of other scripts', 'größe = "groß"\n名前 = "値"\n', ['größe', '名前']],
    ['emoji in texts', 'mood = "🚀🚀"\nnext = 1\n', ['mood', 'next']],
    ['Windows line ends', 'a = 1\r\nb = [\r\n 1,\r\n]\r\n', ['a', 'b']],
    ['no line end at all', 'a = 1', ['a']],
  ])('reads %s', async (_what, text, attributes) => {
    expect(await outlineHcl(text)).toEqual({ attributes, blocks: [], alien: false })
  })

  test('of ten parallel readers is ten right outlines', async () => {
    const outlines = await Promise.all(Array.from({ length: 10 }, (_, at) => outlineHcl(`name_${at} = ${at}\n`)))
    expect(outlines.map(({ attributes }) => attributes)).toEqual(Array.from({ length: 10 }, (_, at) => [`name_${at}`]))
  })

  test('of the longest text that a request may carry takes no noticeable time', async () => {
    const line = 'resource "terraform_data" "r" {\n  input = "x"\n}\n'
    const text = line.repeat(Math.floor(51_200 / line.length))
    const startedAtMs = performance.now()
    const { blocks } = await outlineHcl(text)
    expect(blocks).toHaveLength(Math.floor(51_200 / line.length))
    expect(performance.now() - startedAtMs).toBeLessThan(2000)
  })
})

describe('a fault', () => {
  test.each([
    ['a = 1\n\n  b == 2\n', 3],
    ['ä = "🚀"\nb = }\n', 2],
    ['a = 1\nb = [1,, 2]\nc = 3\n', 2],
  ])('in %j is found on line %i', async (text, line) => {
    const { problem } = await outlineHcl(text)
    expect(problem?.line).toBe(line)
    expect(problem?.column).toBeGreaterThanOrEqual(1)
  })

  test.each([
    ['a = \n', 2],
    ['a = 1\nb = [1, 2\n', 3],
    ['a = "no end\nb = 2\n', 3],
  ])('in %j, which only the end of the text shows, is found there, at the beginning of line %i', async (text, line) => {
    expect((await outlineHcl(text)).problem).toMatchObject({ line, column: 1 })
  })

  test('is shown by no more than one line of the text', async () => {
    const { problem } = await outlineHcl(`a = 1\n}${'x'.repeat(200)}\nb\n`)
    expect(problem).toBeDefined()
    expect(problem?.text).not.toContain('\n')
    expect(problem?.text.length).toBeLessThanOrEqual(60)
  })

  test('in the middle does not make the text alien, and leaves what is right readable', async () => {
    const outline = await outlineHcl('resource "a_b" "c" {\n  input = \n}\n\nlocals {}\n')
    expect(outline.problem).toBeDefined()
    expect(outline.alien).toBe(false)
  })
})

describe('a text is alien', () => {
  test.each([
    ['a sentence', 'This is certainly no template.'],
    ['YAML', 'resources:\n  - name: web\n    size: 3\n'],
    ['XML', '<template><resource name="web"/></template>'],
    ['a shell script', '#!/bin/sh\nset -e\necho hello | sort\n'],
    ['JSON of a list', '[1, 2, 3]'],
    ['a number', '42'],
    ['binary noise', 'PK\u0003\u0004\u0000\u0001\u0002'],
  ])('when it is %s', async (_what, text) => {
    expect((await outlineHcl(text)).alien).toBe(true)
  })

  test.each([
    ['a block that is never closed', 'resource "a_b" "c" {\n  input = 1\n'],
    ['one attribute before nonsense', 'size = 3\n?? !!\n'],
    ['a block after a byte order mark', '\uFEFFlocals {}\n'],
  ])('but not when it has %s', async (_what, text) => {
    expect((await outlineHcl(text)).alien).toBe(false)
  })
})

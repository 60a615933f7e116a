/** The variables of templates: answers written by hand, the engine's own word on their defaults, and texts of other systems. */
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { parseExactly } from '../../../shared/engine/attribute-values.ts'
import { findEngine } from '../../../shared/engine/engine-binary.ts'
import { temporaryFolder } from '../engine/temporary-folder.ts'
import { answerTo, type Golden, goldens } from './golden.ts'

test('there are more than twenty templates to answer to', () => {
  expect(goldens.length).toBeGreaterThan(20)
})

test.each(goldens.map((golden) => [golden.name, golden] as const))('the answer to "%s"', async (_name, golden) => {
  expect(await answerTo(golden.files)).toEqual(golden.expected)
})

test.each(['primitives', 'layout', 'constants', 'comments', 'object-keys'])(
  'the answer to "%s" is the same when an editor of Windows saved it',
  async (name) => {
    const { files, expected } = goldens.find((each) => each.name === name)!
    const windows = files.map((file) => ({ ...file, content: `\ufeff${file.content.replaceAll('\n', '\r\n')}` }))
    expect(await answerTo(windows)).toEqual(expected)
  },
)

/** The template as a module, whose outputs are its variables with a default; the others are given nothing. */
function moduleFiles({ name, files, expected }: Golden): Record<string, string> {
  const variables = expected.variables ?? []
  const outputs = variables
    .filter((variable) => 'default' in variable)
    .map((variable) => `output "${variable.name}" {\n  value     = var.${variable.name}\n  sensitive = true\n}\n`)
  const given = variables
    .filter((variable) => !('default' in variable))
    .map((variable) => `  ${variable.name} = null\n`)
  return {
    ...Object.fromEntries(files.map(({ path, content }) => [join(name, path), content])),
    [join(name, 'outputs-of-variables.tf')]: outputs.join(''),
    [`${name}.tf`]: `module "${name}" {\n  source = "./${name}"\n${given.join('')}}
output "${name}" {\n  value     = module.${name}\n  sensitive = true\n}\n`,
  }
}

/** What the engine makes of the outputs of these files, all in one plan. */
async function plannedOutputs(files: Readonly<Record<string, string>>): Promise<Record<string, { value?: unknown }>> {
  const folder = await temporaryFolder()
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  const engine = await findEngine({ chosen: process.env.RFS_ENGINE, searchPath: process.env.PATH })
  const env = { PATH: process.env.PATH ?? '', HOME: folder, TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' }
  const run = (...args: string[]) => promisify(execFile)(engine, args, { cwd: folder, env, maxBuffer: 10_000_000 })
  await run('init', '-input=false', '-backend=false')
  await run('plan', '-input=false', '-out=saved')
  const shown = parseExactly((await run('show', '-json', 'saved')).stdout)
  return (shown as { planned_values: { outputs: Record<string, { value?: unknown }> } }).planned_values.outputs
}

test('the engine has the same defaults, digit by digit', async () => {
  const outputs = await plannedOutputs(Object.assign({}, ...goldens.map(moduleFiles)))
  for (const { name, expected } of goldens) {
    const value = (outputs[name]?.value ?? {}) as Record<string, unknown>
    for (const variable of (expected.variables ?? []).filter((each) => 'default' in each)) {
      expect({ [`${name}: ${variable.name}`]: value[variable.name] ?? null }).toEqual({
        [`${name}: ${variable.name}`]: variable.default,
      })
    }
  }
})

describe('types of the language before its types', () => {
  test.each([
    ['"string"', 'string', '"1"'],
    ['"list"', 'list', '["a",1]'],
    ['"map"', 'map', '{"a":1}'],
  ])('%s is read', async (type, text, initial) => {
    const content = `variable "a" {\n  type = ${type}\n  default = ${initial.replaceAll(':', '=')}\n}\n`
    expect(await answerTo([{ path: 'main.tf', content }])).toMatchObject({ variables: [{ name: 'a', type: text }] })
  })
})

test('what only the engine can judge is left to it', async () => {
  const content = `variable "a" {
  default   = 1
  ephemeral = true
  newer     = "than this service"
  condition {}
}
`
  expect(await answerTo([{ path: 'main.tf', content }])).toEqual({
    variables: [{ name: 'a', default: 1, sensitive: false, nullable: true }],
  })
})

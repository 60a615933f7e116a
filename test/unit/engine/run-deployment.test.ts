import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errors, expectClean, testStack, types } from './run-harness.ts'

const simple =
  'resource "terraform_data" "one" {\n  input = "a"\n}\noutput "text" { value = terraform_data.one.output }\n'

describe('a deployment', () => {
  it('makes the resources, tells of each one, saves the state and shows it', async () => {
    const { run, store, folder } = await testStack()
    const answer = await run({ template: simple })
    expect(types(answer)).toEqual(expect.arrayContaining(['CREATION_IN_PROGRESS', 'CREATION_COMPLETE', 'SUMMARY']))
    expect(answer.resources).toMatchObject([{ address: 'terraform_data.one', tainted: false }])
    expect(answer.outputs).toEqual([{ name: 'text', type: 'string', value: '"a"', sensitive: false }])
    expect(answer.result).toEqual({
      type: 'result',
      outcome: 'succeeded',
      stateSaved: true,
      viewComplete: true,
      touchedResources: true,
      settled: true,
    })
    expect(store.state().resources.map(({ name }) => name)).toEqual(['one'])
    expect(answer.logged).toEqual([])
    const times = answer.events.map(({ time }) => time)
    expect(times).toEqual(times.toSorted())
    await expectClean(folder, answer)
  })

  it('goes on from the saved state: nothing to do, a change in place, a destruction', async () => {
    const { run, store, folder } = await testStack()
    const first = await run({ template: simple })
    const same = await run({ template: simple })
    expect(same.result).toMatchObject({ outcome: 'succeeded', touchedResources: false, stateSaved: true })
    expect(same.resources).toEqual(first.resources)
    const changed = await run({ template: simple.replace('"a"', '"b"') })
    expect(types(changed)).toContain('UPDATE_COMPLETE')
    expect(changed.resources[0]!.id).toBe(first.resources[0]!.id)
    const destroyed = await run({ command: 'destroy', template: simple })
    expect(destroyed.result).toMatchObject({ outcome: 'succeeded', touchedResources: true, viewComplete: true })
    expect([destroyed.resources, destroyed.outputs, store.state().resources]).toEqual([[], [], []])
    const again = await run({ command: 'destroy', template: simple })
    expect(again.result).toMatchObject({ outcome: 'succeeded', touchedResources: false })
    await expectClean(folder, first, same, changed, destroyed, again)
  })

  it('destroys a stack that never had a state', async () => {
    const { run } = await testStack()
    const { result, resources } = await run({ command: 'destroy', template: simple })
    expect(result).toMatchObject({ outcome: 'succeeded', touchedResources: false, viewComplete: true })
    expect(resources).toEqual([])
  })

  it('keeps what was made before a failure and makes the rest next time', async () => {
    const { run, store, folder } = await testStack()
    const template = (command: string) => `resource "terraform_data" "first" {
  input = "kept"
}
resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" { command = "${command}" }
}
`
    const failed = await run({ template: template('echo no luck; exit 3') })
    expect(failed.result).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/^local-exec provisioner error: .*exit status 3.*\(main\.tf line 6\)$/),
      stateSaved: true,
      viewComplete: true,
      touchedResources: true,
    })
    expect(types(failed)).toContain('CREATION_FAILED')
    expect(errors(failed)).toHaveLength(1)
    expect(failed.resources.map(({ name, tainted }) => [name, tainted])).toEqual([
      ['first', false],
      ['second', true],
    ])
    expect(store.state().resources.map(({ name }) => name)).toEqual(['first', 'second'])
    const fixed = await run({ template: template('true') })
    expect(fixed.result.outcome).toBe('succeeded')
    expect(fixed.resources.find(({ name }) => name === 'first')?.id).toBe(failed.resources[0]!.id)
    await expectClean(folder, failed, fixed)
  })

  it('takes variables from both carriers, converts them, and only warns about undeclared ones', async () => {
    const { run, folder } = await testStack()
    const answer = await run({
      template: `variable "count_of" { type = number }
variable "list" { type = list(string) }
variable "text" { type = string }
resource "terraform_data" "many" {
  count = var.count_of
  input = var.list
}
output "text" { value = var.text }
`,
      structure: { count_of: '2', text: '%{ not evaluated', unknown_one: 'x' },
      body: 'list = ["a", "b"]\nunknown_two = 1\n',
    })
    expect(answer.result.outcome).toBe('succeeded')
    expect(answer.resources.map(({ key }) => key)).toEqual(['0', '1'])
    expect(answer.outputs).toMatchObject([{ value: '"%{ not evaluated"' }])
    const warnings = answer.events.filter(({ message }) => message.startsWith('Value for undeclared variable'))
    expect(warnings.map(({ type }) => type)).toEqual(['LOG', 'LOG'])
    expect(warnings.map(({ message }) => /in file "(\w+)"/.exec(message)?.[1]).sort()).toEqual([
      'vars_body',
      'vars_structure',
    ])
    await expectClean(folder, answer)
  })

  it('keeps its state out of the reach of the template’s backend, overrides and own state', async () => {
    const { run, store, folder } = await testStack()
    const backend = (path: string) => `terraform {\n  backend "local" {\n    path = "${path}"\n  }\n}\n`
    const answer = await run({
      template: {
        'main.tf': simple,
        'cloud.tf':
          'terraform {\n  cloud {\n    organization = "o"\n    workspaces {\n      name = "w"\n    }\n  }\n}\n',
        'zzz_override.tf': backend('elsewhere.tfstate'),
        '~~~_override.tf': backend('elsewhere.tfstate'),
        'terraform.tfstate': '{"version":4,"serial":9,"lineage":"x","outputs":{},"resources":[]}',
      },
    })
    expect(answer.result).toMatchObject({ outcome: 'succeeded', stateSaved: true })
    expect(answer.events[0]!.message).toContain('Left out of the template')
    expect(store.state().lineage).not.toBe('x')
    expect(store.state().resources).toHaveLength(1)
    await expectClean(folder, answer)
  })
})

describe('a deployment that cannot work', () => {
  it.each<[string, Parameters<Awaited<ReturnType<typeof testStack>>['run']>[0], RegExp]>([
    [
      'a syntax error',
      { template: 'resource "terraform_data" "one" {\n  input =\n}\n' },
      /^Invalid expression: .* \(main\.tf line 2\)$/,
    ],
    [
      'a missing variable',
      { template: 'variable "needed" {}\n' },
      /^No value for required variable: .*"needed".* \(main\.tf line 1\)$/,
    ],
    [
      'a variable of the wrong type',
      { template: 'variable "n" { type = number }\n', structure: { n: 'hunter2' } },
      /^Invalid value for input variable: .*a number is required\. \(vars_structure line 1\)$/,
    ],
    [
      'variables that do not parse',
      { template: simple, body: 'a = \n' },
      /^Invalid expression: .* \(vars_body line 1\)$/,
    ],
    [
      'an unknown provider',
      { template: 'terraform {\n  required_providers {\n    nope = { source = "nope.invalid/nope/nope" }\n  }\n}\n' },
      /nope\.invalid\/nope\/nope/,
    ],
    [
      'a file outside of the template',
      { template: { '../main.tf': simple } },
      /^The template has a file with an unusable path: "\.\.\/main\.tf"\.$/,
    ],
    [
      'no engine',
      { template: simple, searchPath: '' },
      /^The runner has no deployment engine: neither tofu nor terraform is on its PATH\./,
    ],
  ])('says so: %s', async (_what, options, message) => {
    const { run, folder } = await testStack()
    const answer = await run(options)
    expect(answer.result).toMatchObject({ outcome: 'failed', message: expect.stringMatching(message) })
    expect(answer.result.touchedResources).toBe(false)
    expect(errors(answer).length).toBeGreaterThan(0)
    expect(JSON.stringify(answer.lines)).not.toContain('hunter2')
    await expectClean(folder, answer)
  })

  it('asks no network about a provider that the engine’s layer mirrors', async () => {
    const { run, providers } = await testStack()
    await mkdir(join(providers, 'nope.invalid/nope/nope'), { recursive: true })
    const { result } = await run({
      template: 'terraform {\n  required_providers {\n    nope = { source = "nope.invalid/nope/nope" }\n  }\n}\n',
    })
    expect(result.message).toMatch(/provider nope\.invalid\/nope\/nope was not found in any of the search locations/)
  })

  it('leaves the resources and the state of the stack as they were', async () => {
    const { run, store } = await testStack()
    await run({ template: simple })
    const before = store.state()
    const failed = await run({ template: simple.replace('"a"', 'var.nothing') })
    expect(failed.result).toMatchObject({ outcome: 'failed', touchedResources: false })
    expect(store.state()).toEqual(before)
    expect(failed.resources).toHaveLength(1)
  })

  it('does not begin without the state that the stack has', async () => {
    const { run, store, folder } = await testStack()
    store.stored = Buffer.from('damaged')
    const answer = await run({ template: simple })
    expect(answer.result).toMatchObject({
      outcome: 'failed',
      message: 'The stored state of the stack is not a state of the engine.',
      stateSaved: false,
      viewComplete: false,
      touchedResources: false,
    })
    expect(store.saves).toEqual([])
    await expectClean(folder, answer)
  })
})

describe('the state of a deployment', () => {
  it('is saved although the store refuses at first', async () => {
    const { run, store } = await testStack()
    store.refusals.push(503, 500)
    const answer = await run({ template: simple })
    expect(answer.result).toMatchObject({ outcome: 'succeeded', stateSaved: true })
    expect(store.refusals).toEqual([])
    expect(store.state().resources).toHaveLength(1)
  })

  it('that cannot be saved makes the deployment fail, whatever the engine did', async () => {
    const { run, store, folder } = await testStack()
    store.refusals.push(...Array(50).fill(403))
    const answer = await run({ template: simple })
    const message = 'The state of the stack could not be saved: the store answered 403.'
    expect(answer.result).toMatchObject({ outcome: 'failed', message, stateSaved: false, touchedResources: true })
    expect(errors(answer)).toEqual([message])
    await expectClean(folder, answer)
  })

  it('leaves the runner while the engine works', async () => {
    const { run, store } = await testStack()
    const step = (name: string, after: string) =>
      `resource "terraform_data" "${name}" {\n  depends_on = [${after}]\n  provisioner "local-exec" { command = "sleep 0.8" }\n}\n`
    const chain = ['b', 'c', 'd'].map((name, at) => step(name, `terraform_data.${'abc'[at]}`)).join('')
    const counts: number[] = []
    await run({
      template: `resource "terraform_data" "a" {}\n${chain}`,
      onLine: (line) => {
        if (line.type === 'event' && line.event.type === 'CREATION_IN_PROGRESS') counts.push(store.saves.length)
      },
    })
    // When the last resource begins, the ones before it have been saved at least twice.
    expect(counts.at(-1)).toBeGreaterThanOrEqual(2)
    expect(store.state().resources).toHaveLength(4)
    const pauses = store.saves.slice(1, -1).map(({ atMs }, at) => atMs - store.saves[at]!.atMs)
    for (const pauseMs of pauses) expect(pauseMs).toBeGreaterThanOrEqual(950)
  })
})

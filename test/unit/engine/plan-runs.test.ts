import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { RunnerRequest } from '../../../shared/engine/protocol.ts'
import { after, before } from './golden/plan-templates.ts'
import { errors, expectClean, testStack, types } from './run-harness.ts'

const simple = (input: string) => `resource "terraform_data" "one" {\n  input = "${input}"\n}\n`
const missing = 'The saved execution plan is missing or cannot be read; make a new one.'
const zero = { add: 0, update: 0, delete: 0, import: 0 }

describe('making a plan', () => {
  it('saves it and tells what is in it, for a stack that has nothing yet', async () => {
    const { run, store, plans, folder } = await testStack()
    const answer = await run({ command: 'plan', template: simple('a') })
    expect(answer.result).toEqual({
      type: 'result',
      outcome: 'succeeded',
      planned: { ...zero, add: 1 },
      stateSaved: false,
      viewComplete: false,
      touchedResources: false,
      settled: true,
    })
    expect(answer.items).toMatchObject([{ address: 'terraform_data.one', action: 'ADD' }])
    expect(answer.lines.at(-1)!.type).toBe('result')
    expect([...types(answer)]).toContain('LOG')
    expect(answer.events.map(({ message }) => message)).toContain('Plan: 1 to add, 0 to change, 0 to destroy.')
    expect(plans.stored!.subarray(0, 2).toString()).toBe('PK')
    expect([store.saves, answer.resources, answer.outputs, answer.logged]).toEqual([[], [], [], []])
    await expectClean(folder, answer)
  })

  it('changes nothing and says so when there is nothing to change', async () => {
    const { run, store, plans } = await testStack()
    await run({ template: simple('a') })
    const [state, saves] = [store.state(), store.saves.length]
    const same = await run({ command: 'plan', template: simple('a') })
    expect(same.result).toMatchObject({ outcome: 'succeeded', planned: zero, stateSaved: false })
    expect(same.items).toEqual([])
    expect([store.state(), store.saves.length]).toEqual([state, saves])
    expect(plans.saves).toHaveLength(1)
    const applied = await run({ asPlanned: true, template: simple('a') })
    expect(applied.result).toMatchObject({ outcome: 'succeeded', touchedResources: false, viewComplete: true })
    expect(applied.resources).toHaveLength(1)
  })

  it('keeps its own state out of the reach of the template, as a deployment does', async () => {
    const { run, store } = await testStack()
    const backend = 'terraform {\n  backend "local" {\n    path = "elsewhere.tfstate"\n  }\n}\n'
    const template = { 'main.tf': simple('a'), 'zzz_override.tf': backend }
    await run({ command: 'plan', template })
    const { result } = await run({ asPlanned: true, template })
    expect(result).toMatchObject({ outcome: 'succeeded', stateSaved: true })
    expect(store.state().resources).toHaveLength(1)
  })

  it.each<[string, string, RegExp]>([
    [
      'a syntax error',
      'resource "terraform_data" "one" {\n  input =\n}\n',
      /^Invalid expression: .*\(main\.tf line 2\)$/,
    ],
    ['a missing variable', 'variable "needed" {}\n', /^No value for required variable: /],
    [
      'a failing precondition',
      'variable "n" { default = 1 }\nresource "terraform_data" "one" {\n  lifecycle {\n    precondition {\n      condition     = var.n > 2\n      error_message = "One is not enough."\n    }\n  }\n}\n',
      /One is not enough\./,
    ],
    [
      'an unknown provider',
      'terraform {\n  required_providers {\n    nope = { source = "nope.invalid/nope/nope" }\n  }\n}\n',
      /nope\.invalid\/nope\/nope/,
    ],
  ])('fails with the engine’s first error: %s', async (_what, template, message) => {
    const { run, plans, folder } = await testStack()
    const answer = await run({ command: 'plan', template })
    expect(answer.result).toMatchObject({ outcome: 'failed', message: expect.stringMatching(message) })
    expect(answer.result).not.toHaveProperty('planned')
    expect(errors(answer).length).toBeGreaterThan(0)
    expect([answer.items, plans.saves]).toEqual([[], []])
    await expectClean(folder, answer)
  })

  it('fails when it cannot be saved, and tells of no item', async () => {
    const { run, plans, folder } = await testStack()
    plans.refusals.push(403)
    const answer = await run({ command: 'plan', template: simple('a') })
    const message = 'The execution plan could not be saved: the store answered 403.'
    expect(answer.result).toMatchObject({ outcome: 'failed', message })
    expect([errors(answer), answer.items, plans.saves]).toEqual([[message], [], []])
    await expectClean(folder, answer)
  })

  it('saves it although the store refuses at first', async () => {
    const { run, plans } = await testStack()
    plans.refusals.push(503, 500)
    const { result } = await run({ command: 'plan', template: simple('a') })
    expect(result.outcome).toBe('succeeded')
    expect(plans.saves).toHaveLength(1)
  })

  it.each<['plan' | 'apply' | 'destroy', Partial<RunnerRequest>, string]>([
    ['plan', { plan: {} }, 'The request does not say where to save the execution plan.'],
    ['apply', { state: {} }, 'The request does not say where to save the state.'],
    ['destroy', { state: {} }, 'The request does not say where to save the state.'],
  ])('and %s begin only when the request says where the result goes', async (command, lacking, message) => {
    const { run, folder } = await testStack()
    const answer = await run({ command, template: simple('a'), adjust: (request) => ({ ...request, ...lacking }) })
    expect(answer.result).toMatchObject({ outcome: 'failed', message, touchedResources: false })
    expect(answer.events.map(({ type }) => type)).toEqual(['ERROR'])
    await expectClean(folder, answer)
  })
})

describe('carrying out a saved plan', () => {
  it('does in another workspace exactly what the plan says, and saves the state', async () => {
    const { run, store, folder } = await testStack()
    const made = await run({ template: before })
    expect(made.result.outcome).toBe('failed')
    const planned = await run({ command: 'plan', template: after })
    expect(planned.result).toMatchObject({ planned: { add: 8, update: 4, delete: 9, import: 2 } })
    expect(planned.events.map(({ message }) => message)).toContain(
      'Plan: 2 to import, 8 to add, 4 to change, 9 to destroy.',
    )
    const applied = await run({ asPlanned: true, template: after })
    expect(applied.result).toEqual({
      type: 'result',
      outcome: 'succeeded',
      stateSaved: true,
      viewComplete: true,
      touchedResources: true,
      settled: true,
    })
    const gone = new Set(planned.items.filter(({ action }) => action === 'DELETE').map(({ address }) => address))
    const addresses = applied.resources.map(({ address }) => address)
    for (const { address, mode, action } of planned.items) {
      const stays = mode === 'RESOURCE' && action !== 'DELETE' && address !== 'terraform_data.forgotten'
      expect([address, addresses.includes(address)]).toEqual([address, stays])
    }
    const kept = made.resources.map(({ address }) => address).filter((address) => !gone.has(address))
    for (const address of kept.filter((address) => !/\.(old|forgotten)$/.test(address))) {
      expect(addresses).toContain(address)
    }
    expect(applied.outputs).toEqual([{ name: 'read_later', type: 'string', value: '"read"', sensitive: false }])
    expect(JSON.parse(gunzipSync(store.saves.at(-1)!.body).toString())).toEqual(store.state())
    const again = await run({ command: 'plan', template: after })
    expect(again.result.planned).toEqual(zero)
    expect(JSON.stringify([planned.lines, applied.lines, again.lines])).not.toContain('hunter2')
    await expectClean(folder, made, planned, applied, again)
  })

  it('takes the plan’s variables, not those that the request may have', async () => {
    const { run } = await testStack()
    const template = 'variable "text" { type = string }\noutput "text" { value = var.text }\n'
    await run({ command: 'plan', template, structure: { text: 'planned' } })
    const { result, outputs } = await run({ asPlanned: true, template, structure: { text: 'other' } })
    expect(result.outcome).toBe('succeeded')
    expect(outputs).toMatchObject([{ value: '"planned"' }])
  })

  it('never shows a sensitive variable, even where the engine would', async () => {
    const { run, folder } = await testStack()
    // What the engine takes for public: the output of the resource, and with it the command of the other one.
    const template = `variable "secret" {
  type      = string
  sensitive = true
}
resource "terraform_data" "holder" {
  input = var.secret
}
resource "terraform_data" "leak" {
  input = terraform_data.holder.output
  provisioner "local-exec" {
    command = "echo got \${terraform_data.holder.output}"
  }
}
output "copy" { value = terraform_data.leak.output }
`
    const structure = { secret: 'hunter2-word' }
    const planned = await run({ command: 'plan', template, structure })
    const applied = await run({ asPlanned: true, template, structure })
    expect(applied.result.outcome).toBe('succeeded')
    expect(applied.events.map(({ message }) => message)).toContain('terraform_data.leak: (local-exec): got <sensitive>')
    expect(applied.outputs).toEqual([{ name: 'copy', type: 'string', value: '<sensitive>', sensitive: false }])
    const changed = await run({ command: 'plan', template, structure: { secret: 'hunter2-other' } })
    expect(changed.items).toHaveLength(2)
    const destroyed = await run({ command: 'destroy', template, structure })
    expect(destroyed.result.outcome).toBe('succeeded')
    for (const { lines, logged } of [planned, applied, changed, destroyed]) {
      expect(JSON.stringify([lines, logged])).not.toContain('hunter2')
    }
    await expectClean(folder, planned, applied, changed, destroyed)
  })

  it('fails with the engine’s own words when the state has changed since', async () => {
    const { run, store, folder } = await testStack()
    await run({ template: simple('a') })
    await run({ command: 'plan', template: simple('b') })
    await run({ template: simple('c') })
    const state = store.state()
    const stale = await run({ asPlanned: true, template: simple('b') })
    expect(stale.result).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/^Saved plan is stale: /),
      touchedResources: false,
      viewComplete: true,
    })
    expect(store.state()).toEqual(state)
    await expectClean(folder, stale)
  })

  it.each<[string, (stored: Buffer) => Buffer | undefined]>([
    ['is not there', () => undefined],
    ['is empty', () => Buffer.alloc(0)],
    ['is something else', () => Buffer.from('{"not":"a plan"}')],
    ['was cut', (stored) => stored.subarray(0, stored.length / 2)],
    ['is damaged inside', (stored) => Buffer.from(stored).fill(0x55, 200, 210)],
  ])('touches nothing when the plan %s', async (_what, lose) => {
    const { run, store, plans, folder } = await testStack()
    await run({ template: simple('a') })
    await run({ command: 'plan', template: simple('b') })
    const [state, saves] = [store.state(), store.saves.length]
    plans.stored = lose(plans.stored!)
    const answer = await run({ asPlanned: true, template: simple('b') })
    expect(answer.result).toEqual({
      type: 'result',
      outcome: 'failed',
      message: missing,
      stateSaved: false,
      viewComplete: false,
      touchedResources: false,
      settled: true,
    })
    expect([errors(answer), store.state(), store.saves.length]).toEqual([[missing], state, saves])
    await expectClean(folder, answer)
  })

  it('keeps what was made before a failure', async () => {
    const { run, store } = await testStack()
    const template = `resource "terraform_data" "first" {}
resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" { command = "exit 3" }
}
`
    await run({ command: 'plan', template })
    const failed = await run({ asPlanned: true, template })
    expect(failed.result).toMatchObject({
      outcome: 'failed',
      stateSaved: true,
      viewComplete: true,
      touchedResources: true,
    })
    expect(failed.resources.map(({ name, tainted }) => [name, tainted])).toEqual([
      ['first', false],
      ['second', true],
    ])
    expect(store.state().resources).toHaveLength(2)
    // What is left to do is a deployment's work: the plan is stale now.
    expect((await run({ asPlanned: true, template })).result.message).toMatch(/^Saved plan is stale/)
  })

  it('is interrupted when its time runs out, with the state saved', async () => {
    const { run, store, folder } = await testStack()
    const template = `resource "terraform_data" "first" {}
resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" { command = "sleep 60" }
}
`
    await run({ command: 'plan', template })
    const cut = await run({ asPlanned: true, template, stopAtMs: Date.now() + 1_500 })
    expect(cut.result).toMatchObject({ outcome: 'interrupted', stateSaved: true, touchedResources: true })
    expect(store.state().resources.map(({ name }) => name)).toContain('first')
    await expectClean(folder, cut)
  })

  it('does not begin when its time is already up', async () => {
    const { run, store } = await testStack()
    await run({ command: 'plan', template: simple('a') })
    const { result } = await run({ asPlanned: true, template: simple('a'), stopAtMs: Date.now() - 1 })
    expect(result).toMatchObject({ outcome: 'interrupted', stateSaved: false, touchedResources: false })
    expect(store.saves).toEqual([])
  })
})

/** What earlier runs created and no state knows of, with the real engine. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { JournalEntry, RunnerRequest } from '../../../shared/engine/protocol.ts'
import { errors, expectClean, type RunAnswer, type RunOptions, testStack, types } from './run-harness.ts'

function made(address: string, id: string, more: Partial<JournalEntry> = {}): JournalEntry {
  return { address, type: 'terraform_data', name: 'any', idKey: 'id', idValue: id, ...more }
}

const withJournal =
  (journal: readonly JournalEntry[], more: Partial<RunnerRequest> = {}): NonNullable<RunOptions['adjust']> =>
  (request) => ({ ...request, journal: [...journal], ...more })

/** A file to which provisioners append a line for every creation. */
function creations() {
  const folder = mkdtempSync(join(tmpdir(), 'rfs-test-creations-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'made')
  const lines = () => readFileSync(file, { encoding: 'utf8', flag: 'a+' }).split('\n').filter(Boolean)
  return { note: (word: string) => `provisioner "local-exec" {\n command = "echo ${word} >> ${file}"\n }`, lines }
}

const ids = ({ resources }: RunAnswer) => Object.fromEntries(resources.map(({ address, id }) => [address, id]))
const logged = ({ events }: RunAnswer, word: string) =>
  events.filter(({ type, message }) => type === 'LOG' && message.includes(word))

describe('a resource that was created and is in no state', () => {
  it('is adopted with its id instead of being created again, and is saved before anything else is changed', async () => {
    const { run, store, folder } = await testStack()
    const { note, lines } = creations()
    const template = `resource "terraform_data" "one" {
  input = "a"
  ${note('one')}
}
resource "terraform_data" "two" {
  depends_on = [terraform_data.one]
  ${note('two')}
}
`
    const answer = await run({ template, adjust: withJournal([made('terraform_data.one', 'id-1')]) })
    expect(answer.result).toMatchObject({ outcome: 'succeeded', stateSaved: true, settled: true })
    expect(answer.result).not.toHaveProperty('lost')
    expect(lines()).toEqual(['two'])
    expect(ids(answer)).toMatchObject({ 'terraform_data.one': 'id-1', 'terraform_data.two': expect.any(String) })
    const [told] = logged(answer, 'adopted')
    expect(told).toMatchObject({
      message:
        'terraform_data.one (id id-1) was created by a run that was cut off before it saved its state; it is adopted.',
      resource: { address: 'terraform_data.one', idValue: 'id-1' },
    })
    expect(answer.events.indexOf(told!)).toBeLessThan(types(answer).indexOf('UPDATE_IN_PROGRESS'))
    expect(errors(answer)).toEqual([])
    expect(store.state().resources).toHaveLength(2)
    const again = await run({ template, adjust: withJournal([made('terraform_data.one', 'id-1')]) })
    expect(again.result).toMatchObject({ outcome: 'succeeded', touchedResources: false, settled: true })
    expect(logged(again, 'adopted')).toEqual([])
    await expectClean(folder, answer, again)
  })

  it('is adopted at any address: in a module, counted, and under a key of any characters', async () => {
    const { run, folder } = await testStack()
    const { note, lines } = creations()
    const template = {
      'main.tf': `variable "keys" { type = set(string) }
resource "terraform_data" "keyed" {
  for_each = var.keys
  input = each.key
  ${note('keyed')}
}
module "inner" {
  source = "./inner"
  for_each = { "a \\"quoted\\" one" = 1 }
}
`,
      'inner/main.tf': `resource "terraform_data" "counted" {
  count = 2
  ${note('counted')}
}
`,
    }
    const body = 'keys = ["it\'s \\"quoted\\"", "back\\\\slash", "$${dollar} %%{percent}", "--ü\\n"]\n'
    const first = await run({ template, body })
    expect(lines().sort()).toEqual(['counted', 'counted', 'keyed', 'keyed', 'keyed', 'keyed'])
    const journal = first.events.flatMap(({ type, resource }) =>
      type === 'CREATION_COMPLETE' && resource ? [resource] : [],
    )
    expect(journal).toHaveLength(6)
    const adjust = (request: RunnerRequest) => ({
      ...withJournal(journal)(request),
      state: { writeUrl: request.state.writeUrl },
    })
    const second = await run({ template, body, adjust })
    expect(second.result).toMatchObject({ outcome: 'succeeded', settled: true })
    expect(ids(second)).toEqual(ids(first))
    expect(lines()).toHaveLength(6)
    expect(logged(second, 'adopted')).toHaveLength(6)
    await expectClean(folder, second)
  })

  it('is destroyed by a destruction', async () => {
    const { run, store } = await testStack()
    const template = 'resource "terraform_data" "one" {}\n'
    const adjust = withJournal([made('terraform_data.one', 'id-1')])
    const { result, events } = await run({ command: 'destroy', template, adjust })
    expect(result).toMatchObject({ outcome: 'succeeded', settled: true, touchedResources: true })
    expect(events.find(({ type }) => type === 'DELETION_IN_PROGRESS')?.resource?.idValue).toBe('id-1')
    expect(store.state().resources).toEqual([])
  })

  it('is adopted with the template that made it, where the run has another one', async () => {
    const { run, folder } = await testStack()
    const other = {
      files: [
        { path: 'main.tf', content: 'variable "n" {}\nmodule "gone" {\n  source = "./gone"\n  count = var.n\n}\n' },
        { path: 'gone/main.tf', content: 'resource "terraform_data" "one" {}\n' },
      ],
      variables: { structure: [], body: 'n = 2' },
    }
    const unusable = { files: [{ path: 'main.tf', content: 'resource {' }], variables: { structure: [] } }
    const journal = [made('module.gone[1].terraform_data.one', 'id-1'), made('terraform_data.kept', 'id-2')]
    const answer = await run({
      template: 'resource "terraform_data" "kept" {}\n',
      adjust: withJournal(journal, { otherTemplates: [unusable, other] }),
    })
    expect(answer.result).toMatchObject({ outcome: 'succeeded', settled: true })
    expect(ids(answer)).toEqual({ 'terraform_data.kept': 'id-2' })
    const deletion = answer.events.find(({ type }) => type === 'DELETION_COMPLETE')
    expect(deletion?.resource?.address).toBe('module.gone[1].terraform_data.one')
    expect(errors(answer)).toEqual([])
    await expectClean(folder, answer)
  })

  it('makes a saved plan that does not know it give way to the template', async () => {
    const { run } = await testStack()
    const { note, lines } = creations()
    const template = `resource "terraform_data" "one" {\n  ${note('one')}\n}\nresource "terraform_data" "two" {\n  ${note('two')}\n}\n`
    await run({ command: 'plan', template })
    const adjust = withJournal([made('terraform_data.one', 'id-1')])
    const answer = await run({ template, asPlanned: true, adjust })
    expect(answer.result).toMatchObject({ outcome: 'succeeded', settled: true })
    expect(ids(answer)['terraform_data.one']).toBe('id-1')
    expect(lines()).toEqual(['two'])
  })

  it('leaves a saved plan in force when there was nothing to adopt', async () => {
    const { run } = await testStack()
    const template = 'resource "terraform_data" "one" {}\n'
    await run({ command: 'plan', template })
    const adjust = withJournal([made('terraform_data.one', '', { unfinished: 'begun' })])
    const { result, events } = await run({ template, asPlanned: true, adjust })
    expect(result).toMatchObject({ outcome: 'succeeded', settled: true })
    // Carrying out a plan begins without a refresh and without a plan's summary.
    expect(events.some(({ message }) => message.startsWith('Plan:'))).toBe(false)
  })
})

describe('a replacement that is in no state', () => {
  const template = 'resource "terraform_data" "one" {}\n'

  it('takes the place of its predecessor, which is deleted', async () => {
    const { run, store } = await testStack()
    const old = (await run({ template })).resources[0]!.id
    const adjust = withJournal([made('terraform_data.one', 'id-new', { newerThanState: true })])
    const answer = await run({ template, adjust })
    expect(answer.result).toMatchObject({ outcome: 'succeeded', settled: true })
    expect(ids(answer)).toEqual({ 'terraform_data.one': 'id-new' })
    const deletion = answer.events.find(({ type }) => type === 'DELETION_IN_PROGRESS')
    expect(deletion?.resource?.idValue).toBe(old)
    expect(store.state().resources).toHaveLength(1)
  })

  it('that cannot be adopted leaves the predecessor where it was', async () => {
    const { run } = await testStack()
    const keyed = 'resource "terraform_data" "one" {\n  for_each = toset(["a"])\n}\n'
    const before = await run({ template: keyed })
    const journal = [made('terraform_data.one["a"]', 'id-new', { newerThanState: true, idKey: 'tags.Name' })]
    const noId = await run({ template: keyed, adjust: withJournal(journal) })
    expect(noId.result).toMatchObject({ outcome: 'succeeded', settled: true })
    // The engine cannot import to an instance that its template does not have any more.
    const shrunk = keyed.replace('["a"]', '[]')
    const gone = [made('terraform_data.one["a"]', 'id-new', { newerThanState: true })]
    const answer = await run({ template: shrunk, adjust: withJournal(gone) })
    expect(errors(answer)).toEqual([expect.stringContaining('could not be adopted')])
    const deletions = answer.events.filter(({ type }) => type === 'DELETION_COMPLETE')
    expect(deletions.map(({ resource }) => resource?.address)).toEqual(['terraform_data.one["a"]'])
    expect(ids(before)['terraform_data.one["a"]']).toBe(
      answer.events.find(({ type }) => type === 'DELETION_IN_PROGRESS')?.resource?.idValue,
    )
  })

  it('whose age is not certain is told to people, and nothing is changed', async () => {
    const { run } = await testStack()
    const before = await run({ template })
    const answer = await run({ template, adjust: withJournal([made('terraform_data.one', 'id-other')]) })
    expect(answer.result).toMatchObject({
      outcome: 'succeeded',
      touchedResources: false,
      settled: true,
      lost: ['terraform_data.one (id id-other)'],
    })
    expect(errors(answer)).toEqual([expect.stringContaining('the state has another object at its address')])
    expect(ids(answer)).toEqual(ids(before))
  })
})

describe('what cannot be adopted', () => {
  it('is told with address and id, and neither the others nor the run fail', async () => {
    const { run, folder } = await testStack()
    const template = 'resource "terraform_data" "one" {}\nresource "terraform_data" "two" {}\n'
    const journal = [
      made('terraform_data.nowhere', 'id-0'),
      made('terraform_data.one', 'id-1'),
      made('terraform_data.two', 'id-2', { idKey: 'name' }),
      made('terraform_data.unknown', '<sensitive>'),
    ]
    const answer = await run({ template, adjust: withJournal(journal) })
    expect(answer.result).toMatchObject({
      outcome: 'succeeded',
      settled: true,
      lost: [
        'terraform_data.nowhere (id id-0)',
        'terraform_data.two (id id-2)',
        'terraform_data.unknown (id <sensitive>)',
      ],
    })
    expect(errors(answer)).toEqual([
      expect.stringMatching(
        /^terraform_data\.nowhere \(id id-0\) was created by a run that was cut off before it saved its state, and could not be adopted: resource address "terraform_data\.nowhere" does not exist in the configuration.* look for it at its provider, and delete it or import it/,
      ),
      expect.stringContaining('its provider imported another object by that id'),
      expect.stringContaining('the engine told no id of it that can be used'),
    ])
    expect(answer.events.find(({ type }) => type === 'ERROR')?.resource).toMatchObject({ idValue: 'id-0' })
    const found = ids(answer)
    expect(found['terraform_data.one']).toBe('id-1')
    expect(found['terraform_data.two']).not.toBe('id-2')
    await expectClean(folder, answer)
  })

  it('is told where its creation failed or was not seen to end, unless the state knows it', async () => {
    const { run } = await testStack()
    const template = 'resource "terraform_data" "one" {}\n'
    await run({ template })
    const unfinished = (name: string, state: 'failed' | 'begun'): JournalEntry => ({
      address: `terraform_data.${name}`,
      type: 'terraform_data',
      name,
      unfinished: state,
    })
    const journal = [unfinished('one', 'failed'), unfinished('two', 'failed'), unfinished('three', 'begun')]
    const answer = await run({ template, adjust: withJournal(journal) })
    expect(answer.result).toMatchObject({ outcome: 'succeeded', settled: true })
    expect(answer.result).not.toHaveProperty('lost')
    expect(errors(answer)).toEqual([expect.stringMatching(/^terraform_data\.two failed while it was created/)])
    expect(logged(answer, 'was being created').map(({ resource }) => resource?.address)).toEqual([
      'terraform_data.three',
    ])
  })

  it('for want of time is left to the next run, with what was adopted saved', async () => {
    const { run, store } = await testStack()
    const names = Array.from({ length: 12 }, (_, at) => `r${at}`)
    const template = names.map((name) => `resource "terraform_data" "${name}" {}\n`).join('')
    const journal = names.map((name) => made(`terraform_data.${name}`, `id-${name}`))
    const shutdown = new AbortController()
    const watch = setInterval(() => store.saves.length > 0 && shutdown.abort(), 5)
    const cut = await run({ template, adjust: withJournal(journal), shutdown: shutdown.signal })
    clearInterval(watch)
    expect(cut.result).toMatchObject({ outcome: 'interrupted', stateSaved: true, settled: false })
    expect(errors(cut)).toEqual([])
    const adopted = store.state().resources.length
    expect(adopted).toBeGreaterThan(0)
    expect(adopted).toBeLessThan(12)
    const rest = await run({ template, adjust: withJournal(journal) })
    expect(rest.result).toMatchObject({ outcome: 'succeeded', settled: true })
    expect(logged(rest, 'adopted')).toHaveLength(12 - adopted)
    expect(Object.values(ids(rest)).sort()).toEqual(names.map((name) => `id-${name}`).sort())
  })
})

describe('a run that does not settle what it told', () => {
  it('is one whose engine was killed', async () => {
    const { run } = await testStack()
    const template = `resource "terraform_data" "one" {
  provisioner "local-exec" { command = "kill -9 $PPID" }
}
`
    const { result } = await run({ template, confine: false })
    expect(result).toMatchObject({ outcome: 'failed', settled: false })
  })

  it('is one that ended before it looked for what is missing', async () => {
    const { run } = await testStack()
    const { result } = await run({ template: 'resource {', adjust: withJournal([made('terraform_data.one', 'id-1')]) })
    expect(result).toMatchObject({ outcome: 'failed', settled: false })
  })

  it('is not one that failed on its own', async () => {
    const { run } = await testStack()
    expect((await run({ template: 'resource {' })).result).toMatchObject({ outcome: 'failed', settled: true })
  })
})

describe('a deletion that the state does not know of', () => {
  it('is done again by the engine, which finds nothing left to do, and the run succeeds', async () => {
    const { run, store } = await testStack()
    const template = 'resource "terraform_data" "one" {}\nresource "terraform_data" "two" {}\n'
    await run({ template })
    const before = store.stored
    await run({ template: 'resource "terraform_data" "two" {}\n' })
    store.stored = before
    const answer = await run({ template: 'resource "terraform_data" "two" {}\n' })
    expect(answer.result).toMatchObject({ outcome: 'succeeded', settled: true })
    expect(answer.resources.map(({ name }) => name)).toEqual(['two'])
    store.stored = before
    const destroyed = await run({ command: 'destroy', template })
    expect(destroyed.result).toMatchObject({ outcome: 'succeeded' })
    expect(store.state().resources).toEqual([])
  })
})

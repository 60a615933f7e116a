import { describe, expect, it } from 'vitest'
import { AnswerBroken } from '../../../shared/engine/run-report.ts'
import { unconfined } from '../../support/confinement.ts'
import { memoryWhile } from '../../support/memory.ts'
import { errors, expectClean, type RunAnswer, testStack } from './run-harness.ts'
import { scriptedEngine } from './scripted-engine.ts'

const simple = 'resource "terraform_data" "one" {}\n'

describe('the end of a run’s time', () => {
  const chain = (seconds: number) => `resource "terraform_data" "first" {
  input = "kept"
}
resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" { command = "sleep ${seconds}" }
}
resource "terraform_data" "third" {
  depends_on = [terraform_data.second]
}
`

  it('interrupts the engine, keeps the state, and the next run goes on from it', async () => {
    const { run, store, folder } = await testStack()
    const cut = await run({ template: chain(60), stopAtMs: Date.now() + 1_500 })
    expect(cut.result).toMatchObject({
      outcome: 'interrupted',
      message: expect.stringContaining('The time of this run is up'),
      stateSaved: true,
      viewComplete: true,
      touchedResources: true,
    })
    expect(errors(cut)).toEqual([])
    expect(cut.events.some(({ message }) => message.includes('Interrupt received'))).toBe(false)
    expect(store.state().resources.map(({ name }) => name)).toContain('first')
    const rest = await run({ template: chain(0) })
    expect(rest.result.outcome).toBe('succeeded')
    expect(rest.resources.map(({ name }) => name)).toEqual(['first', 'second', 'third'])
    expect(rest.resources[0]!.id).toBe(cut.resources.find(({ name }) => name === 'first')!.id)
    await expectClean(folder, cut, rest)
  })

  it('comes also from the host’s own limit, with time left to save', async () => {
    const { run, store } = await testStack()
    const hardStopAtMs = Date.now() + 6_000
    const { result } = await run({ template: chain(60), hardStopAtMs })
    expect(result).toMatchObject({ outcome: 'interrupted', stateSaved: true })
    expect(Date.now()).toBeLessThan(hardStopAtMs)
    expect(store.state().resources.map(({ name }) => name)).toContain('first')
  })

  it('does not begin a run whose time is already up', async () => {
    const { run, store } = await testStack()
    const { result } = await run({ template: simple, stopAtMs: Date.now() - 1 })
    expect(result).toMatchObject({ outcome: 'interrupted', stateSaved: false, touchedResources: false })
    expect(store.saves).toEqual([])
  })

  it('is a failure when something had failed before', async () => {
    const { run } = await testStack()
    const template = `resource "terraform_data" "bad" {
  provisioner "local-exec" { command = "exit 9" }
}
resource "terraform_data" "slow" {
  provisioner "local-exec" { command = "sleep 60" }
}
`
    const answer = await run({ template, stopAtMs: Date.now() + 1_500 })
    expect(answer.result).toMatchObject({ outcome: 'failed', message: expect.stringContaining('provisioner error') })
    expect(errors(answer).length).toBeGreaterThan(0)
  })
})

describe('what a template leaves behind', () => {
  it('is ended with the run, also in a session of its own', async () => {
    const { run, folder } = await testStack()
    const answer = await run({
      template: `resource "terraform_data" "one" {
  provisioner "local-exec" {
    command = "(sleep 77 & setsid sleep 78 &) >/dev/null 2>&1 </dev/null; env | cut -d= -f1 | sort | tr '\\n' ' '"
  }
}
`,
    })
    expect(answer.result.outcome).toBe('succeeded')
    // Confined, they have ended with their engine before anybody looks.
    const left = unconfined === undefined ? [] : [{ message: 'a template left processes running' }]
    expect(answer.logged).toMatchObject(left)
    const names = answer.events.find(({ message }) => message.includes('(local-exec): CHECKPOINT_DISABLE'))!.message
    expect(names).toContain('HOME')
    expect(names).not.toMatch(/AWS|NODE|VITEST|npm/)
    await expectClean(folder, answer)
  })
})

describe('an engine that writes without end', () => {
  it('is read in bounded memory, told in bounded events, and its run ends well', async () => {
    const { run, folder } = await testStack()
    const log = '{"@level":"info","@message":"flooding","@timestamp":"2026-01-01T00:00:00.000000Z","type":"log"}'
    const searchPath = await scriptedEngine(
      (real) => `if [ "$1" = apply ]; then
  head -c 100000000 /dev/zero | tr '\\0' x
  echo
  head -c 100000000 /dev/zero | tr '\\0' x | fold -w 20000
  yes '${log}' | head -n 20000
  head -c 10000000 /dev/zero >&2
fi
exec ${real} "$@"`,
    )
    let answer: RunAnswer | undefined
    const { grownBy } = await memoryWhile(async () => {
      answer = await run({ template: simple, searchPath })
    })
    expect(grownBy).toBeLessThan(300 * 2 ** 20)
    expect(answer!.result).toMatchObject({ outcome: 'succeeded', stateSaved: true, viewComplete: true })
    expect(answer!.events.filter(({ type }) => type === 'LOG')).toHaveLength(5_000)
    await expectClean(folder, answer!)
  })
})

describe('a caller that has gone', () => {
  it('stops the engine; the state is saved and nothing is left', async () => {
    const { run, store, folder } = await testStack()
    const running = run({
      template: `resource "terraform_data" "one" {}
resource "terraform_data" "slow" {
  depends_on = [terraform_data.one]
  provisioner "local-exec" { command = "sleep 60" }
}
`,
      onLine: (line) => {
        if (line.type === 'event' && line.event.resource?.name === 'slow') throw new Error('gone')
      },
    })
    await expect(running).rejects.toThrow(AnswerBroken)
    expect(store.state().resources.map(({ name }) => name)).toContain('one')
    await expectClean(folder)
  })
})

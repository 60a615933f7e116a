/** A run that is asked to stop: the real engine, and a store in which the sign appears. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { errors, expectClean, type RunOptions, testStack } from './run-harness.ts'
import { startStateServer } from './state-server.ts'

const chain = `resource "terraform_data" "first" {
  input = "kept"
}
resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" { command = "sleep 60" }
}
`
const text = 'Cancellation requested by ada.'

async function signedStack() {
  const sign = await startStateServer()
  onTestFinished(() => sign.stop())
  const stack = await testStack()
  const run = (options: RunOptions) =>
    stack.run({ ...options, adjust: (request) => ({ ...request, stopSign: { readUrl: sign.url } }) })
  return {
    ...stack,
    run,
    show: () => {
      sign.stored = Buffer.from(text)
    },
  }
}

describe('a stop sign that appears during a run', () => {
  it('interrupts the engine soon, is told as an event, and keeps what was made', async () => {
    const { run, show, store, folder } = await signedStack()
    const startedAtMs = Date.now()
    const answer = await run({
      template: chain,
      onLine: (line) => {
        if (line.type === 'event' && line.event.resource?.name === 'slow') show()
      },
    })
    expect(Date.now() - startedAtMs).toBeLessThan(20_000)
    expect(answer.result).toMatchObject({ outcome: 'interrupted', stopped: true, stateSaved: true, viewComplete: true })
    expect(answer.events.filter(({ message }) => message === text)).toMatchObject([{ type: 'LOG' }])
    expect(errors(answer)).toEqual([])
    expect(answer.result.message).not.toContain('time')
    expect(store.state().resources.map(({ name }) => name)).toContain('first')
    await expectClean(folder, answer)
  })

  it('too late changes nothing: the run has succeeded', async () => {
    const { run, show } = await signedStack()
    const { result, lines } = await run({
      template: 'resource "terraform_data" "one" {}\n',
      onLine: (line) => {
        if (line.type === 'event' && line.event.type === 'SUMMARY') show()
      },
    })
    expect(result.outcome).toBe('succeeded')
    expect(lines.at(-1)?.type).toBe('result')
  })
})

describe('a stop sign that is there from the beginning', () => {
  it('lets no engine begin', async () => {
    const { run, show, store } = await signedStack()
    show()
    const { result } = await run({ template: chain })
    expect(result).toMatchObject({ outcome: 'interrupted', stopped: true, touchedResources: false })
    expect(store.saves).toEqual([])
  })
})

describe('a place for a stop sign that cannot be looked at', () => {
  it('does not disturb the run', async () => {
    const { run } = await testStack()
    const { result } = await run({
      template: 'resource "terraform_data" "one" {}\n',
      adjust: (request) => ({ ...request, stopSign: { readUrl: 'http://127.0.0.1:9/nobody' } }),
    })
    expect(result).toMatchObject({ outcome: 'succeeded' })
    expect(result).not.toHaveProperty('stopped')
  })
})

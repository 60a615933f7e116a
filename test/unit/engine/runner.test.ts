import { PassThrough, Writable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { RunnerLine } from '../../../shared/engine/protocol.ts'
import { captureLog } from '../../support/captured-log.ts'
import { type StateServer, startStateServer } from './state-server.ts'
import { temporaryFolder } from './temporary-folder.ts'

type Handler = (event: unknown, stream: Writable, context: object) => Promise<void>

let handler: Handler
let store: StateServer

beforeAll(async () => {
  vi.stubGlobal('awslambda', { streamifyResponse: (inner: Handler) => inner })
  handler = (await import('../../../functions/jobs/runner.ts')).handler as unknown as Handler
})

beforeEach(async () => {
  vi.stubEnv('TMPDIR', await temporaryFolder())
  onTestFinished(() => void vi.unstubAllEnvs())
  store = await startStateServer()
  onTestFinished(() => store.stop())
})

const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => 900_000 }
const request = (content: string) => ({
  command: 'apply',
  files: [{ path: 'main.tf', content }],
  variables: { structure: [] },
  state: { writeUrl: store.url },
  stopAtMs: Date.now() + 600_000,
})

async function answer(event: unknown, stream = new PassThrough()): Promise<RunnerLine[]> {
  const [chunks] = await Promise.all([Array.fromAsync(stream), handler(event, stream, context)])
  const lines = Buffer.concat(chunks).toString().split('\n')
  expect(lines.pop()).toBe('')
  return lines.map((line) => RunnerLine.parse(JSON.parse(line)))
}

describe('the runner', () => {
  it('streams one JSON line after the other, the result last, and ends the stream', async () => {
    const lines = await answer(request('resource "terraform_data" "one" {}\n'))
    expect(new Set(lines.map(({ type }) => type))).toEqual(new Set(['event', 'resource', 'result']))
    expect(lines.at(-1)).toMatchObject({ type: 'result', outcome: 'succeeded', stateSaved: true })
    expect(store.saves.length).toBeGreaterThanOrEqual(1)
  })

  it('sends lines while the engine works, not at its end', async () => {
    const stream = new PassThrough()
    const times: number[] = []
    stream.on('data', () => times.push(Date.now()))
    await handler(
      request('resource "terraform_data" "one" {\n  provisioner "local-exec" { command = "sleep 1" }\n}\n'),
      stream,
      context,
    )
    expect(times.at(-1)! - times[0]!).toBeGreaterThanOrEqual(950)
  })

  it('sends lines that come together in one part', async () => {
    const parts: string[] = []
    const stream = new Writable({
      write: (part: Buffer, _encoding, done) => {
        parts.push(part.toString())
        done()
      },
    })
    await handler(request('resource "terraform_data" "many" {\n  count = 30\n}\n'), stream, context)
    const lines = parts.join('').trim().split('\n')
    expect(lines.length).toBeGreaterThan(90)
    expect(parts.length).toBeLessThan(lines.length / 2)
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ type: 'result', outcome: 'succeeded' })
  })

  it('waits for a reader that is slow', async () => {
    const stream = new PassThrough({ highWaterMark: 64 })
    let longest = 0
    const reading = (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of stream) {
        longest = Math.max(longest, stream.writableLength)
        chunks.push(chunk)
        await wait(1)
      }
      return Buffer.concat(chunks).toString().trim().split('\n')
    })()
    await handler(request('resource "terraform_data" "many" {\n  count = 30\n}\n'), stream, context)
    const lines = await reading
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ type: 'result', outcome: 'succeeded' })
    expect(lines.length).toBeGreaterThan(90)
    expect(longest).toBeLessThan(4_096)
  })

  it('stops and saves when its reader goes away', async () => {
    const stream = new PassThrough()
    const running = handler(
      request(`resource "terraform_data" "one" {}
resource "terraform_data" "slow" {
  depends_on = [terraform_data.one]
  provisioner "local-exec" { command = "for i in $(seq 100); do echo $i; sleep 0.1; done" }
}
`),
      stream,
      context,
    )
    stream.on('data', (chunk: Buffer) => {
      if (chunk.includes('local-exec')) stream.destroy()
    })
    await expect(running).rejects.toThrow('the caller of the runner has gone')
    expect(store.state().resources.map(({ name }) => name)).toContain('one')
  })

  it('fails only where the stream fails', async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('broken')) })
    await expect(handler(request('\n'), stream, context)).rejects.toThrow('the caller of the runner has gone')
  })
})

describe('a request that the runner cannot read', () => {
  const log = captureLog()

  it('is answered, and logged without its values', async () => {
    const lines = await answer({ command: 'format-disk', secret: 'hunter2' })
    expect(lines).toMatchObject([
      { type: 'event', event: { type: 'ERROR', message: 'The runner could not read its request.' } },
      { type: 'result', outcome: 'failed', stateSaved: false, touchedResources: false },
    ])
    expect(log.entries()).toMatchObject([{ fields: expect.arrayContaining(['command: invalid_value']) }])
    expect(log.lines.join()).not.toMatch(/format-disk|hunter2/)
  })
})

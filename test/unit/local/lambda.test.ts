import { spawnSync } from 'node:child_process'
import {
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sdkSettings } from '../../../infra/local/sdk-settings.ts'
import type { FixtureFolder, RunningFixture } from './fixture/running-fixture.ts'
import { eventually, makeFixtureFolder, startFixture } from './fixture/running-fixture.ts'

let folder: FixtureFolder
let fixture: RunningFixture
let client: LambdaClient

beforeAll(async () => {
  folder = await makeFixtureFolder()
  fixture = await startFixture({ assembly: folder.assembly, maxThreadsPerFunction: 3 })
  client = new LambdaClient({ ...sdkSettings(fixture.cloud.endpoints.lambda), maxAttempts: 1 })
})
afterAll(async () => {
  client.destroy()
  await fixture.cloud.stop()
  await folder.remove()
})

const invoke = async (name: string, payload: unknown, type: 'RequestResponse' | 'Event' = 'RequestResponse') => {
  const FunctionName = fixture.nameOf(name)
  const answer = await client.send(
    new InvokeCommand({ FunctionName, InvocationType: type, Payload: Buffer.from(JSON.stringify(payload)) }),
  )
  const text = Buffer.from(answer.Payload ?? []).toString()
  return { status: answer.StatusCode, error: answer.FunctionError, payload: text === '' ? undefined : JSON.parse(text) }
}

const stream = async (name: string, payload: unknown) => {
  const command = new InvokeWithResponseStreamCommand({
    FunctionName: fixture.nameOf(name),
    Payload: Buffer.from(JSON.stringify(payload)),
  })
  const { EventStream: events } = await client.send(command)
  if (!events) throw new Error('no event stream')
  return events
}

/** A process that has ended may wait as a zombie for a parent that is gone. */
const isAlive = (pid: number) => {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z')
}

describe('invoking a function', () => {
  test('gives its result, and the same thread is used again', async () => {
    const first = await invoke('Moody', {})
    const second = await invoke('Moody', {})
    expect(first).toMatchObject({ status: 200, error: undefined })
    expect(Number(second.payload.body)).toBe(Number(first.payload.body) + 1)
  })

  test('works by ARN, and an unknown function is not found', async () => {
    const arn = `arn:aws:lambda:us-east-1:000000000000:function:${fixture.nameOf('Moody')}`
    expect((await client.send(new InvokeCommand({ FunctionName: arn, Payload: '{}' }))).StatusCode).toBe(200)
    await expect(client.send(new InvokeCommand({ FunctionName: 'nobody' }))).rejects.toThrow(ResourceNotFoundException)
  })

  test('an error it throws is described', async () => {
    const answer = await invoke('Moody', { mood: 'throw' })
    expect(answer).toMatchObject({
      status: 200,
      error: 'Unhandled',
      payload: { errorType: 'TypeError', errorMessage: 'moody threw' },
    })
  })

  test('a function that exits has crashed, and the next request gets a new thread', async () => {
    expect(await invoke('Moody', { mood: 'exit' })).toMatchObject({
      error: 'Unhandled',
      payload: { errorType: 'Runtime.ExitError' },
    })
    expect(await invoke('Moody', {})).toMatchObject({ error: undefined, payload: { body: '1' } })
  })

  test('a response over 6 MB is refused', async () => {
    expect(await invoke('Moody', { mood: 'huge' })).toMatchObject({
      payload: { errorType: 'Function.ResponseSizeTooLarge' },
    })
  })

  test('an event is taken at once and run', async () => {
    expect(await invoke('Ticker', { sent: 'as an event' }, 'Event')).toMatchObject({ status: 202 })
    await eventually(() => fixture.linesOf('Ticker').some((line) => line.includes('as an event')))
  })

  test('no more threads than allowed run at once; the others wait', async () => {
    const startedAtMs = Date.now()
    await Promise.all(Array.from({ length: 6 }, () => invoke('Moody', { mood: 'nap' })))
    expect(Date.now() - startedAtMs).toBeGreaterThanOrEqual(290)
  })
})

describe('a function that runs out of time', () => {
  test('is ended with every program it started', async () => {
    const { error, payload } = await invoke('Spawner', {})
    expect(error).toBe('Unhandled')
    expect(payload).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Task timed out after 1\.00 seconds$/),
    })
    const pids = fixture
      .linesOf('Spawner')
      .flatMap((line) => /child (\d+)/.exec(line)?.[1] ?? [])
      .map(Number)
    expect(pids).toHaveLength(3)
    expect(new Set(pids).size).toBe(3)
    await eventually(() => !pids.some(isAlive))
  })
})

describe('response streaming, read by the real SDK', () => {
  test('chunks come as they are written', async () => {
    const arrivals: number[] = []
    let text = ''
    let completed = false
    for await (const event of await stream('Streamer', { count: 3, bytes: 2, pauseMs: 80 })) {
      if (event.PayloadChunk?.Payload) {
        arrivals.push(Date.now())
        text += Buffer.from(event.PayloadChunk.Payload).toString()
      }
      if (event.InvokeComplete) {
        completed = true
        expect(event.InvokeComplete.ErrorCode).toBeUndefined()
      }
    }
    expect(text).toBe('aabbcc')
    expect(completed).toBe(true)
    expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThanOrEqual(120)
  })

  test('an error after the first chunks ends the stream with its code', async () => {
    const seen: string[] = []
    for await (const event of await stream('Streamer', { count: 3, bytes: 1, failAt: 2 })) {
      if (event.PayloadChunk?.Payload) seen.push(Buffer.from(event.PayloadChunk.Payload).toString())
      if (event.InvokeComplete) seen.push(`${event.InvokeComplete.ErrorCode}: ${event.InvokeComplete.ErrorDetails}`)
    }
    expect(seen.join(' ')).toMatch(/^a b RangeError: .*streamer failed at 2/)
  })

  test('a caller that does not read holds the function back, and gets everything in the end', async () => {
    const [count, bytes] = [400, 64 * 1024]
    const before = fixture.linesOf('Streamer').length
    const events = await stream('Streamer', { count, bytes })
    await new Promise((resolve) => setTimeout(resolve, 400))
    const written = fixture.linesOf('Streamer').length - before
    expect(written).toBeGreaterThan(0)
    expect(written).toBeLessThan(count)
    let received = 0
    for await (const event of events) received += event.PayloadChunk?.Payload?.byteLength ?? 0
    expect(received).toBe(count * bytes)
  })

  test('a caller that goes away does not stop the function', async () => {
    const before = fixture.linesOf('Streamer').length
    const abort = new AbortController()
    const command = new InvokeWithResponseStreamCommand({
      FunctionName: fixture.nameOf('Streamer'),
      Payload: JSON.stringify({ count: 100, bytes: 64 * 1024, pauseMs: 1 }),
    })
    const { EventStream: events } = await client.send(command, { abortSignal: abort.signal })
    const reading = (async () => {
      for await (const _event of events ?? []) abort.abort()
    })()
    await reading.catch(() => 'aborted')
    await eventually(() => fixture.linesOf('Streamer').slice(before).includes('wrote 100'))
  })

  test('a handler that does not stream answers in one chunk', async () => {
    const chunks: string[] = []
    for await (const event of await stream('Moody', {})) {
      if (event.PayloadChunk?.Payload) chunks.push(Buffer.from(event.PayloadChunk.Payload).toString())
    }
    expect(JSON.parse(chunks.join(''))).toMatchObject({ statusCode: 200 })
  })
})

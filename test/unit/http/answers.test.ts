/** What comes back: successes, refusals, failures, the ids that are echoed, and the one log line of each request. */
import { describe, expect, test } from 'vitest'
import { RfsError } from '../../../shared/contract/errors.ts'
import { GetStackTemplate, ListStacks } from '../../../shared/contract/stack-reads.ts'
import { DeleteStack, UpdateStack } from '../../../shared/contract/stacks.ts'
import { errorBody } from '../../../shared/http/rfs-dialect.ts'
import { serve } from '../../../shared/http/serve.ts'
import { captureLog } from '../../support/captured-log.ts'
import { openToAll } from '../../support/open-guard.ts'
import { clientRequestId, proxyEvent, requestId } from '../../support/proxy-event.ts'
import { requestWith } from './ask.ts'

const log = captureLog()
const listEvent = (headers: Record<string, string | undefined> = {}) =>
  proxyEvent(ListStacks, requestWith(ListStacks, { headers }))

/** Lists stacks with a handler that does what the test wants. */
const listing = (handle: () => Promise<{ body: { stacks: [] } }>) => serve(ListStacks, {}, handle, openToAll)

describe('a success', () => {
  test('has the declared status, the body as JSON and both request ids', async () => {
    const answer = await listing(async () => ({ body: { stacks: [] } }))(listEvent(), {})
    expect(answer).toEqual({
      statusCode: 200,
      headers: { 'Content-Type': 'application/json', 'X-Request-Id': requestId, 'Client-Request-Id': clientRequestId },
      body: '{"stacks":[]}',
    })
  })

  test('without a body says nothing of a content type', async () => {
    for (const [operation, status] of [
      [DeleteStack, 202],
      [UpdateStack, 204],
    ] as const) {
      const answer = await serve(
        operation,
        {},
        async () => ({}),
        openToAll,
      )(proxyEvent(operation, requestWith(operation, {})), {})
      expect(answer).toMatchObject({ statusCode: status, body: '' })
      expect(answer.headers).not.toHaveProperty('Content-Type')
    }
  })

  test('can carry headers of its own, as a redirect does', async () => {
    const handler = serve(
      GetStackTemplate,
      {},
      async () => ({ headers: { Location: 'https://b/t.tf?sig=1' } }),
      openToAll,
    )
    const answer = await handler(proxyEvent(GetStackTemplate, requestWith(GetStackTemplate, {})), {})
    expect(answer).toMatchObject({ statusCode: 307, headers: { Location: 'https://b/t.tf?sig=1' }, body: '' })
  })
})

describe('the request ids', () => {
  test('of a refusal and of a failure come back as well', async () => {
    const ids = { 'X-Request-Id': requestId, 'Client-Request-Id': clientRequestId }
    for (const error of [new RfsError('StackBusy'), new Error('boom')]) {
      const answer = await listing(() => Promise.reject(error))(listEvent(), {})
      expect(answer.headers).toMatchObject(ids)
    }
  })

  test('are echoed only where they are harmless in a header and in a log', async () => {
    const handler = listing(async () => ({ body: { stacks: [] } }))
    for (const id of [undefined, 'a\r\nSet-Cookie: x=1', 'ä'.repeat(36), 'x'.repeat(129), '<script>']) {
      const answer = await handler(listEvent({ 'Client-Request-Id': id }), {})
      expect(answer.statusCode).toBe(400)
      expect(answer.headers).not.toHaveProperty('Client-Request-Id')
      expect(answer.headers).toHaveProperty('X-Request-Id', requestId)
    }
    const short = await handler(listEvent({ 'Client-Request-Id': 'short-but-harmless' }), {})
    expect(short).toMatchObject({ statusCode: 400, headers: { 'Client-Request-Id': 'short-but-harmless' } })
  })
})

describe('a refusal', () => {
  test('has the status and code of its name, and the sentence for the caller after the catalogue text', async () => {
    const answer = await listing(() => Promise.reject(new RfsError('StackNotFound', 'There is no stack named web.')))(
      listEvent(),
      {},
    )
    expect(answer.statusCode).toBe(404)
    expect(answer.headers).toMatchObject({ 'Content-Type': 'application/json' })
    expect(JSON.parse(answer.body)).toEqual({
      error_code: 'RF.10013001',
      error_msg: 'Stack is not exist. There is no stack named web.',
    })
  })

  test('without a sentence has the catalogue text alone, and never its cause', async () => {
    const error = new RfsError('StackBusy', undefined, { cause: new Error('item version 7') })
    const answer = await listing(() => Promise.reject(error))(listEvent(), {})
    expect(JSON.parse(answer.body)).toEqual({
      error_code: 'RF.10013503',
      error_msg: 'Stack operation requests conflicted. Another request is being processed. Please retry later.',
    })
  })

  test('is no failure of the service: the log calls nothing an error', async () => {
    await listing(() => Promise.reject(new RfsError('StackBusy')))(listEvent(), {})
    expect(log.entries()).toEqual([expect.objectContaining({ level: 'INFO', statusCode: 409, serverErrors: 0 })])
  })
})

describe('a failure', () => {
  const secret = 'password=hunter2 in table rfs-prod'

  test.each([
    ['an error', new Error(secret)],
    ['an error with a status of its own', Object.assign(new Error(secret), { statusCode: 418, expose: true })],
    ['an error that looks like a refusal', Object.assign(new Error(secret), { errorName: 'StackNotFound' })],
    ['a text', secret],
    ['nothing', undefined],
    ['null', null],
  ])('that throws %s answers 500 and tells the caller nothing', async (_what, thrown) => {
    const answer = await listing(() => Promise.reject(thrown))(listEvent(), {})
    expect(answer.statusCode).toBe(500)
    expect(JSON.parse(answer.body)).toEqual({ error_code: 'RF.10010001', error_msg: 'Internal Server Error.' })
    expect(JSON.stringify(answer)).not.toContain('hunter2')
  })

  test('is in the log with its stack, its causes and the request id', async () => {
    const error = new Error('the outer', { cause: new Error('the inner') })
    await listing(() => Promise.reject(error))(listEvent(), {})
    expect(log.entries()).toEqual([
      expect.objectContaining({
        level: 'ERROR',
        requestId,
        clientRequestId,
        operation: 'list-stacks',
        errorMessage: 'the outer',
        stack: expect.stringContaining('answers.test.ts'),
        cause: expect.objectContaining({ errorMessage: 'the inner' }),
      }),
      expect.objectContaining({ level: 'INFO', message: 'request', statusCode: 500, serverErrors: 1 }),
    ])
  })

  test('while its dependencies are opened is one too, and the next request tries again', async () => {
    let opens = 0
    const open = () => {
      opens += 1
      if (opens === 1) throw new Error('TABLE_NAME: is not set')
      return 'open'
    }
    const handle = async ({ table }: { table: string }) => ({ body: { stacks: [] }, headers: { table } })
    const handler = serve(ListStacks, { table: open }, handle, openToAll)
    expect(await handler(listEvent(), {})).toMatchObject({
      statusCode: 500,
      body: errorBody({ status: 500, code: 'RF.10010001', message: 'Internal Server Error.' }),
    })
    expect(await handler(listEvent(), {})).toMatchObject({ statusCode: 200, headers: { table: 'open' } })
    expect(await handler(listEvent(), {})).toMatchObject({ statusCode: 200 })
    expect(opens).toBe(2)
  })
})

describe('a request that breaks a rule', () => {
  test('does not reach the handler and opens nothing', async () => {
    const reached: string[] = []
    const handle = async () => {
      reached.push('handler')
      return { body: { stacks: [] } }
    }
    const handler = serve(ListStacks, { table: () => reached.push('dependency') }, handle, openToAll)
    expect(await handler(listEvent({ 'Client-Request-Id': 'short' }), {})).toMatchObject({ statusCode: 400 })
    expect(reached).toEqual([])
  })
})

describe('the log', () => {
  test('has one line for a request, with its operation, its ids, its duration and its metrics', async () => {
    await listing(async () => ({ body: { stacks: [] } }))(listEvent(), {})
    expect(log.entries()).toEqual([
      expect.objectContaining({
        operation: 'list-stacks',
        requestId,
        clientRequestId,
        statusCode: 200,
        durationMs: expect.any(Number),
        serverErrors: 0,
        _aws: expect.objectContaining({
          CloudWatchMetrics: [expect.objectContaining({ Namespace: 'rfs-serverless' })],
        }),
      }),
    ])
  })

  test('has nothing of what the request carried', async () => {
    const event = proxyEvent(
      UpdateStack,
      requestWith(UpdateStack, { body: { description: 'hunter2' }, query: { q: 'hunter2' } }),
    )
    await serve(UpdateStack, {}, async () => ({}), openToAll)(event, {})
    expect(log.lines.join('\n')).not.toContain('hunter2')
  })
})

/** Asking the fetcher, over the call of Lambda's API that this is. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openFetcherClient } from '../../../shared/aws/fetcher-client.ts'

const request = { address: 'https://files.example/main.tf', project: 'p', maxBytes: 10 }
let server: Server
let answer: (request: IncomingMessage, response: ServerResponse) => unknown

beforeAll(async () => {
  server = createServer((request, response) => answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  vi.stubEnv('AWS_REGION', 'eu-central-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'THEKEY')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'the secret')
  vi.stubEnv('FETCHER_FUNCTION_NAME', 'the-fetcher')
})
afterAll(() => {
  vi.unstubAllEnvs()
  server.closeAllConnections()
  server.close()
})

describe('the fetcher is asked', () => {
  test('by one signed invocation, and its answer is checked', async () => {
    const seen: unknown[] = []
    answer = async (asked, response) => {
      seen.push(asked.method, asked.url, asked.headers.authorization, await json(asked))
      response.end('{"outcome":"fetched","base64":"eA=="}')
    }
    expect(await openFetcherClient().fetch(request)).toEqual({ outcome: 'fetched', base64: 'eA==' })
    const signature = expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=THEKEY\/\d{8}\/eu-central-1\/lambda\//)
    expect(seen).toEqual(['POST', '/2015-03-31/functions/the-fetcher/invocations', signature, request])
    answer = (_asked, response) => response.end('{"outcome":"refused","problem":"no-file","status":404}')
    expect(await openFetcherClient().fetch(request)).toEqual({ outcome: 'refused', problem: 'no-file', status: 404 })
  })

  test('and what is no answer of it is an error of the service, without a word of it', async () => {
    const secret = '{"errorMessage":"secret of the inside"}'
    answer = (_asked, response) => response.writeHead(200, { 'X-Amz-Function-Error': 'Unhandled' }).end(secret)
    await expect(openFetcherClient().fetch(request)).rejects.toThrow(
      'the fetcher could not be asked: Lambda answered 200',
    )
    answer = (_asked, response) => response.writeHead(403).end(secret)
    await expect(openFetcherClient().fetch(request)).rejects.toThrow('Lambda answered 403')
    answer = (_asked, response) => response.end('{"outcome":"fetched"}')
    await expect(openFetcherClient().fetch(request)).rejects.toThrow()
  })
})

/** A server that passes everything on to another one, and shows each request before it does. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Called once the answer is there and before it is passed on. */
type AfterAnswer = (status: number) => Promise<void>

export interface MeteringProxy {
  readonly endpoint: string
  stop(): Promise<void>
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** @param see may look at the state of things before the request takes effect, and after it has */
export async function startMeteringProxy(
  target: string,
  see: (seen: SeenRequest) => Promise<AfterAnswer | undefined>,
): Promise<MeteringProxy> {
  const server = createServer(async (incoming, response) => {
    try {
      const { method = 'GET', url = '/', headers } = incoming
      const body = await bodyOf(incoming)
      const after = await see({ method, url, headers, body })
      const forwarded = request(new URL(url, target), { method, headers })
      forwarded.end(body)
      const [answer] = (await once(forwarded, 'response')) as [IncomingMessage]
      await after?.(answer.statusCode ?? 0)
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      // A stream goes on as it comes.
      answer.pipe(response)
    } catch (error) {
      response.destroy(error as Error)
    }
  })
  server.keepAliveTimeout = 75_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

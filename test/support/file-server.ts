/** A web server on this machine whose files a test chooses; it remembers what it was asked for. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FileServer {
  /** `127.0.0.1:<port>` */
  readonly host: string
  /** The address of a file. */
  address(path: string): string
  /** Serves a file from now on. */
  put(path: string, content: string | Buffer, headers?: Readonly<Record<string, string>>): string
  /** Answers a path in a way of the test's own. */
  answer(path: string, listener: RequestListener): string
  /** Paths that were asked for, queries included. */
  readonly asked: readonly string[]
  stop(): Promise<void>
}

export async function startFileServer(): Promise<FileServer> {
  const answers = new Map<string, RequestListener>()
  const asked: string[] = []
  const server = createServer((request, response) => {
    const url = request.url ?? '/'
    asked.push(url)
    const answer = answers.get(url.split('?')[0] ?? '')
    if (answer) answer(request, response)
    else response.writeHead(404).end('no such file')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const answer = (path: string, listener: RequestListener) => {
    answers.set(path, listener)
    return `http://${host}${path}`
  }
  return {
    host,
    address: (path) => `http://${host}${path}`,
    put: (path, content, headers = {}) =>
      answer(path, (_request, response) => {
        response.writeHead(200, headers).end(content)
      }),
    answer,
    asked,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

/** A tiny store behind one address, in the place of the two pre-signed ones. */
export interface StateServer {
  readonly url: string
  /** Bodies of all saves that were accepted, oldest first, with their times. */
  readonly saves: { readonly atMs: number; readonly body: Buffer }[]
  /** Statuses to refuse the next saves with. */
  readonly refusals: number[]
  /** What a read gives; undefined answers 404. */
  stored: Buffer | undefined
  /** The last saved state as an object. */
  state(): { serial: number; lineage: string; resources: { name: string; instances: object[] }[] }
  stop(): Promise<void>
}

export async function startStateServer(): Promise<StateServer> {
  const store: StateServer = {
    url: '',
    saves: [],
    refusals: [],
    stored: undefined,
    state: () => JSON.parse(gunzipSync(store.stored!).toString('utf8')),
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  const server = createServer((request, response) => void answer(store, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(store, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/state?token=capability`,
  })
}

async function answer(store: StateServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  if (request.method === 'PUT') {
    const refusal = store.refusals.shift()
    if (refusal === undefined) {
      store.stored = Buffer.concat(chunks)
      store.saves.push({ atMs: Date.now(), body: store.stored })
    }
    response.writeHead(refusal ?? 200).end()
  } else {
    response.writeHead(store.stored ? 200 : 404).end(store.stored)
  }
}

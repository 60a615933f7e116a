/** Takes the place of `aws4fetch` in simulated worlds: requests to the world's bucket, and links into it. */
import { type Actor, call, mustBeActor } from '../simulation/actor.ts'
import { linkTo } from '../simulation/bucket.ts'
import { type Services, services } from '../simulation/services.ts'

type BucketAnswer = Pick<Response, 'status' | 'text' | 'arrayBuffer' | 'body'>

/** Everything that is kept in a simulated bucket is text. */
function answer(status: number, content = ''): BucketAnswer {
  const bytes = () => new TextEncoder().encode(content).buffer
  return { status, text: async () => content, arrayBuffer: async () => bytes(), body: null }
}

function textOf(body: RequestInit['body']): string {
  return typeof body === 'string' ? body : new TextDecoder().decode(body as Uint8Array)
}

/** The object's key in an address, without the bucket's name. */
function keyOf(url: URL): string {
  return url.pathname.split('/').slice(2).join('/')
}

function listAnswer({ bucket }: Services, url: URL): BucketAnswer {
  if (url.searchParams.get('list-type') !== '2') throw new Error('the simulated bucket lists by version 2 only')
  const prefix = url.searchParams.get('prefix') ?? ''
  const keys = [...bucket.blobs.keys()].filter((key) => key.startsWith(prefix)).sort()
  return answer(200, keys.map((key) => `<Key>${key}</Key>`).join(''))
}

function respond(found: Services, by: Actor, method: string, url: URL, body: string): BucketAnswer {
  const key = keyOf(url)
  if (method === 'GET' && key === '') return listAnswer(found, url)
  if (method === 'GET') {
    const blob = found.bucket.blobs.get(key)
    return blob ? answer(200, blob.content) : answer(404, '<Code>NoSuchKey</Code>')
  }
  if (method === 'PUT') {
    found.bucket.put(key, body, by)
    return answer(200)
  }
  if (method !== 'DELETE') throw new Error(`the simulated bucket does not know ${method}`)
  found.bucket.delete(key)
  return answer(204)
}

/** As the library has it: a class, because the service says `new`. */
export class AwsClient {
  async fetch(address: string, { method = 'GET', body }: RequestInit = {}): Promise<BucketAnswer> {
    const actor = mustBeActor('the bucket')
    const url = new URL(address)
    return call<BucketAnswer>({
      label: `bucket ${method} ${keyOf(url) || url.searchParams.get('prefix')}`,
      effect: () => respond(services(actor.world), actor, method, url, body ? textOf(body) : ''),
      faults: ['refused', 'lost', 'repeated'],
      service: 'bucket',
      failure: () => new TypeError('fetch failed'),
      shown: ({ status }) => String(status),
    })
  }

  /** No call: a link is made of what the client knows. */
  async sign(address: string, { method = 'GET' }: RequestInit): Promise<{ url: string }> {
    return { url: linkTo(method.toLowerCase(), keyOf(new URL(address))) }
  }
}

/**
 * The bucket: small immutable objects by key, and short-lived links to them.
 * Keys are made by this service of letters, digits, `-`, `_`, `.` and `/`, so they need no escaping anywhere.
 * A plain signed request per call: the full client would be a third of every function that reads one object.
 */
import { AwsClient } from 'aws4fetch'
import { awsRuntime, bucketAddress } from './environment.ts'

/** A blob that a record points to is not there. */
export class BlobMissing extends Error {
  constructor(key: string) {
    super(`the blob ${key} is missing`)
    this.name = 'BlobMissing'
  }
}

export interface Blobs {
  put(key: string, content: string | Uint8Array<ArrayBuffer>, contentType: string): Promise<void>
  /** Undefined when there is no such object. */
  get(key: string): Promise<string | undefined>
  /** The same as bytes. */
  getBytes(key: string): Promise<Buffer<ArrayBuffer> | undefined>
  delete(keys: readonly string[]): Promise<void>
  /** Every key that begins with `prefix`. */
  list(prefix: string): Promise<string[]>
  /** A link to download one object without credentials. */
  linkToGet(key: string, expiresInSeconds: number): Promise<string>
  /** A link to write one object without credentials. */
  linkToPut(key: string, expiresInSeconds: number): Promise<string>
}

const mostReads = 3

/**
 * Reads blobs that a record points to. When one is gone the record is read again: somebody has changed or deleted it in
 * between, and its blobs went with it.
 * @param reload reads the record again, and throws what says that it is not there any more
 * @throws BlobMissing when a blob stays missing
 */
export async function readReferenced<Entry, Read>(
  entry: Entry,
  read: (entry: Entry) => Promise<Read>,
  reload: () => Promise<Entry>,
): Promise<{ readonly entry: Entry; readonly read: Read }> {
  let current = entry
  for (let reads = 1; ; reads += 1) {
    try {
      return { entry: current, read: await read(current) }
    } catch (error) {
      if (!(error instanceof BlobMissing) || reads === mostReads) throw error
      current = await reload()
    }
  }
}

/** A request each, as nobody waits for their order; so many that a stack's blobs go in a moment, and no more connections. */
const deletionsAtOnce = 10

async function failed(action: string, response: Response): Promise<Error> {
  const code = /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1] ?? 'no code'
  return new Error(`the bucket answered ${response.status} (${code}) to ${action}`)
}

function tagValues(xml: string, tag: string): string[] {
  return [...xml.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))].map((match) => match[1] ?? '')
}

/** Opens the bucket that the environment names. */
export function openBlobs(): Blobs {
  const { root } = bucketAddress()
  const { region, accessKeyId, secretAccessKey, sessionToken } = awsRuntime()
  const aws = new AwsClient({ accessKeyId, secretAccessKey, sessionToken, region, service: 's3', retries: 4 })

  const send = async (action: string, url: string, init: RequestInit, accept: readonly number[]) => {
    const response = await aws.fetch(url, init)
    if (!accept.includes(response.status)) throw await failed(action, response)
    return response
  }
  const link = async (method: 'GET' | 'PUT', key: string, expiresInSeconds: number) => {
    const url = `${root}/${key}?X-Amz-Expires=${expiresInSeconds}`
    return (await aws.sign(url, { method, aws: { signQuery: true } })).url
  }
  const getOne = async (key: string) => {
    const response = await send('GetObject', `${root}/${key}`, { method: 'GET' }, [200, 404])
    if (response.status === 200) return response
    await response.body?.cancel()
    return undefined
  }
  const deleteOne = async (key: string) => {
    const response = await send('DeleteObject', `${root}/${key}`, { method: 'DELETE' }, [200, 204, 404])
    await response.body?.cancel()
  }
  return {
    put: async (key, content, contentType) => {
      const init = { method: 'PUT', body: content, headers: { 'Content-Type': contentType } }
      const response = await send('PutObject', `${root}/${key}`, init, [200])
      await response.body?.cancel()
    },
    get: async (key) => (await getOne(key))?.text(),
    getBytes: async (key) => {
      const response = await getOne(key)
      return response && Buffer.from(await response.arrayBuffer())
    },
    delete: async (keys) => {
      for (let at = 0; at < keys.length; at += deletionsAtOnce) {
        await Promise.all(keys.slice(at, at + deletionsAtOnce).map(deleteOne))
      }
    },
    list: async (prefix) => {
      const keys: string[] = []
      let token: string | undefined
      do {
        const query = new URLSearchParams({ 'list-type': '2', prefix })
        if (token) query.set('continuation-token', token)
        const response = await send('ListObjectsV2', `${root}?${query}`, { method: 'GET' }, [200])
        const xml = await response.text()
        keys.push(...tagValues(xml, 'Key'))
        token = tagValues(xml, 'NextContinuationToken')[0]
      } while (token)
      return keys
    },
    linkToGet: (key, expiresInSeconds) => link('GET', key, expiresInSeconds),
    linkToPut: (key, expiresInSeconds) => link('PUT', key, expiresInSeconds),
  }
}

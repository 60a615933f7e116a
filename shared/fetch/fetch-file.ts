/** Fetches one file from an address that somebody else chose. Bounded in size, in time and in the places it goes to. */
import type { IncomingMessage } from 'node:http'
import { pipeline, type Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { get, type Resolve, systemResolve } from './connect.ts'
import { type FetchPlaces, fetchTarget } from './places.ts'
import { FetchRefused, type FetchRequest } from './protocol.ts'

const maxRedirects = 3
/** For everything together: names, connections, redirects and the body. */
const totalMs = 10_000

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** No packing is asked for; some stores send what they keep packed all the same. */
const unpackers: Readonly<Record<string, () => NodeJS.ReadWriteStream & Readable>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

export interface FetchLimits {
  readonly resolve?: Resolve
  readonly totalMs?: number
}

/**
 * The bytes of the file at an address, redirects followed.
 * @throws FetchRefused
 */
export async function fetchFile(request: FetchRequest, places: FetchPlaces, limits: FetchLimits = {}): Promise<Buffer> {
  const signal = AbortSignal.timeout(limits.totalMs ?? totalMs)
  try {
    const response = await follow(request, places, limits.resolve ?? systemResolve, signal)
    try {
      return await readBody(response, request.maxBytes)
    } finally {
      response.destroy()
    }
  } catch (cause) {
    if (signal.aborted) throw new FetchRefused('too-slow', { cause })
    throw cause
  }
}

async function follow(
  { address, project }: FetchRequest,
  places: FetchPlaces,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  let target = fetchTarget(address, project, places)
  for (let followed = 0; ; followed += 1) {
    const response = await get(target, resolve, signal)
    const { statusCode: status = 0, headers } = response
    if (status === 200) return response
    response.destroy()
    if (!redirects.has(status) || headers.location === undefined) throw new FetchRefused('no-file', { status })
    if (followed === maxRedirects) throw new FetchRefused('too-many-redirects')
    target = fetchTarget(headers.location, project, places, target.url)
  }
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw new FetchRefused('too-large')
  const encoding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (encoding === 'identity') return readUpTo(response, maxBytes, 'unreachable')
  const unpack = Object.hasOwn(unpackers, encoding) ? unpackers[encoding] : undefined
  if (!unpack) throw new FetchRefused('unknown-encoding')
  const unpacked = unpack()
  // The error, if there is one, reaches the reader of the last stream.
  pipeline(response, unpacked, () => undefined)
  return readUpTo(unpacked, maxBytes, 'unknown-encoding')
}

async function readUpTo(stream: Readable, maxBytes: number, onError: 'unreachable' | 'unknown-encoding') {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > maxBytes) throw new FetchRefused('too-large')
      chunks.push(chunk)
    }
  } catch (cause) {
    throw cause instanceof FetchRefused ? cause : new FetchRefused(onError, { cause })
  }
  return Buffer.concat(chunks)
}

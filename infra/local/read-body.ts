/** Reads a request's body up to a limit. */
import type { IncomingMessage } from 'node:http'

/**
 * Stops reading at the limit, or before the first byte when the announced length is over it.
 * @throws Error when the caller goes away before the body is complete
 */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | 'too large'> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return Promise.resolve('too large')
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | 'too large'>()
  const chunks: Buffer[] = []
  let bytes = 0
  const onData = (chunk: Buffer) => {
    bytes += chunk.byteLength
    chunks.push(chunk)
    if (bytes <= limitBytes) return
    request.off('data', onData)
    request.pause()
    resolve('too large')
  }
  request.on('data', onData)
  request.on('end', () => resolve(Buffer.concat(chunks)))
  request.on('error', reject)
  return promise
}

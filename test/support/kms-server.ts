/** As much of KMS as is asked for: a wrapped key is a key and a context that only this server can read. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { localKeyService } from '../../shared/auth/secrets.ts'

export interface KmsCall {
  readonly target: string
  readonly authorization: string
  readonly input: Record<string, unknown>
}

export interface KmsServer {
  readonly endpoint: string
  /** All so far, oldest first. */
  readonly calls: KmsCall[]
  stop(): Promise<void>
}

/** @param keyText 32 bytes in base64 */
export async function startKmsServer(keyText: string): Promise<KmsServer> {
  const calls: KmsCall[] = []
  const service = localKeyService(keyText)
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const input = JSON.parse(text)
    const target = String(request.headers['x-amz-target'])
    calls.push({ target, authorization: String(request.headers.authorization), input })
    const answer = await (target === 'TrentService.GenerateDataKey'
      ? service.newDataKey(input.EncryptionContext).then(({ plain, wrapped }) => ({
          Plaintext: Buffer.from(plain).toString('base64'),
          CiphertextBlob: wrapped,
        }))
      : service.unwrap(input.CiphertextBlob, input.EncryptionContext).then((plain) => ({
          Plaintext: Buffer.from(plain).toString('base64'),
        }))
    ).catch(() => undefined)
    response.statusCode = answer ? 200 : 400
    response.end(JSON.stringify(answer ?? { __type: 'InvalidCiphertextException' }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    calls,
    stop: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

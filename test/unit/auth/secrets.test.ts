/** Sealed secrets, with the machine's own key and with KMS, as it answers over HTTP. */

import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kmsKeyService } from '../../../shared/auth/kms.ts'
import { type KeyService, localKeyService, openSecret, sealSecret } from '../../../shared/auth/secrets.ts'
import { type KmsServer, startKmsServer } from '../../support/kms-server.ts'

const context = { purpose: 'access-key', accessKey: 'AK1' }
const keyArn = 'arn:aws:kms:us-east-1:123456789012:key/1'

let kms: KmsServer
let services: Record<string, KeyService>
beforeAll(async () => {
  kms = await startKmsServer(randomBytes(32).toString('base64'))
  const credentials = { accessKeyId: 'unit', secretAccessKey: 'unit', sessionToken: 'session' }
  services = {
    'the key of the machine': localKeyService(randomBytes(32).toString('base64')),
    KMS: kmsKeyService({ keyArn, region: 'us-east-1', endpoint: kms.endpoint, ...credentials }),
  }
})
afterAll(() => kms.stop())

describe.each(['the key of the machine', 'KMS'])('a secret sealed with %s', (name) => {
  test('is opened again, and says nothing of itself', async () => {
    const sealed = await sealSecret(services[name]!, 'hunter2 Grüße', context)
    expect(JSON.stringify(sealed)).not.toContain('hunter2')
    expect(Buffer.from(sealed.content, 'base64').toString('latin1')).not.toContain('hunter2')
    expect(await openSecret(services[name]!, sealed, { accessKey: 'AK1', purpose: 'access-key' })).toBe('hunter2 Grüße')
  })

  test('is another one each time', async () => {
    const [one, other] = [
      await sealSecret(services[name]!, 'x', context),
      await sealSecret(services[name]!, 'x', context),
    ]
    expect(one.content).not.toBe(other.content)
    expect(one.wrappedKey).not.toBe(other.wrappedKey)
  })

  test('cannot be opened in the place of another, nor after a change', async () => {
    const service = services[name]!
    const sealed = await sealSecret(service, 'x', context)
    const flipped = Buffer.from(sealed.content, 'base64')
    flipped[flipped.length - 1]! ^= 1
    await expect(openSecret(service, sealed, { ...context, accessKey: 'AK2' })).rejects.toThrow()
    await expect(openSecret(service, { ...sealed, content: flipped.toString('base64') }, context)).rejects.toThrow()
    const other = await sealSecret(service, 'y', { ...context, accessKey: 'AK2' })
    await expect(openSecret(service, { ...sealed, wrappedKey: other.wrappedKey }, context)).rejects.toThrow()
  })
})

test('KMS is asked for the one key with signed requests, and told what the secret is for', async () => {
  kms.calls.length = 0
  const sealed = await sealSecret(services.KMS!, 'x', context)
  await openSecret(services.KMS!, sealed, context)
  expect(kms.calls.map(({ target }) => target)).toEqual(['TrentService.GenerateDataKey', 'TrentService.Decrypt'])
  for (const { authorization, input } of kms.calls) {
    expect(authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=unit\/\d{8}\/us-east-1\/kms\/aws4_request/)
    expect(input).toMatchObject({ KeyId: keyArn, EncryptionContext: context })
  }
})

test("KMS's refusal is an error that names its code and no key", async () => {
  const failure = openSecret(services.KMS!, { wrappedKey: 'AAAA', content: 'AAAA' }, context)
  await expect(failure).rejects.toThrow('KMS answered 400 (InvalidCiphertextException) to Decrypt')
})

test('a local key must be of 32 bytes', () => {
  for (const text of ['', 'short', randomBytes(31).toString('base64')]) {
    expect(() => localKeyService(text)).toThrow('32 bytes')
  }
})

/**
 * Secrets at rest: each is encrypted with a data key of its own, and the data key with a key that the store never sees
 * (KMS in the cloud, a key file on one machine). The context says what the secret is for; opened under another one it
 * fails, so that a stored secret cannot be put in another one's place.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** Bound to the secret without being secret; KMS logs it. */
export type SecretContext = Readonly<Record<string, string>>

export interface SealedSecret {
  /** The data key, encrypted; base64. */
  readonly wrappedKey: string
  /** Nonce, tag and encrypted text; base64. */
  readonly content: string
}

export interface KeyService {
  /** A new data key of 32 bytes, in clear and wrapped. */
  newDataKey(context: SecretContext): Promise<{ plain: Uint8Array; wrapped: string }>
  /** @throws Error when the wrapped key is not of this service, or of another context */
  unwrap(wrapped: string, context: SecretContext): Promise<Uint8Array>
}

const nonceBytes = 12
const tagBytes = 16

/** The same text for the same context, whatever the order of its names. */
function contextBytes(context: SecretContext): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([one], [other]) => (one < other ? -1 : 1))))
}

function encrypt(key: Uint8Array, clear: Uint8Array, context: SecretContext): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(contextBytes(context))
  const content = Buffer.concat([cipher.update(clear), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), content]).toString('base64')
}

function decrypt(key: Uint8Array, text: string, context: SecretContext): Buffer {
  const bytes = Buffer.from(text, 'base64')
  const [nonce, tag] = [bytes.subarray(0, nonceBytes), bytes.subarray(nonceBytes, nonceBytes + tagBytes)]
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(contextBytes(context)).setAuthTag(tag)
  return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()])
}

export async function sealSecret(keys: KeyService, clear: string, context: SecretContext): Promise<SealedSecret> {
  const { plain, wrapped } = await keys.newDataKey(context)
  return { wrappedKey: wrapped, content: encrypt(plain, Buffer.from(clear), context) }
}

/** @throws Error when the secret was changed, or sealed with another key or for another context */
export async function openSecret(keys: KeyService, sealed: SealedSecret, context: SecretContext): Promise<string> {
  return decrypt(await keys.unwrap(sealed.wrappedKey, context), sealed.content, context).toString('utf8')
}

/**
 * Wraps data keys with a key of this machine.
 * @param keyText 32 bytes in base64
 */
export function localKeyService(keyText: string): KeyService {
  const key = Buffer.from(keyText, 'base64')
  if (key.byteLength !== 32) throw new Error('the local key for secrets must be 32 bytes in base64')
  return {
    newDataKey: async (context) => {
      const plain = randomBytes(32)
      return { plain, wrapped: encrypt(key, plain, context) }
    },
    unwrap: async (wrapped, context) => decrypt(key, wrapped, context),
  }
}

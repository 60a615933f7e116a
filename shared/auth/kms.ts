/** Data keys from KMS. Two plain signed requests: its client would be a fifth of every function. */
import { AwsClient } from 'aws4fetch'
import { awsRuntime, localSecretsKey, readEnvironment } from '../aws/environment.ts'
import { type KeyService, localKeyService, type SecretContext } from './secrets.ts'

export interface KmsSettings {
  readonly keyArn: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  /** Absent: that of the region. */
  readonly endpoint?: string | undefined
}

/** @throws Error (from its functions) with the code that KMS answers, and nothing of keys or secrets */
export function kmsKeyService({ keyArn, endpoint, ...credentials }: KmsSettings): KeyService {
  const aws = new AwsClient({ ...credentials, service: 'kms', retries: 3 })
  const url = endpoint ?? `https://kms.${credentials.region}.amazonaws.com/`
  const call = async (action: string, input: object): Promise<Record<string, string>> => {
    const response = await aws.fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': `TrentService.${action}` },
      body: JSON.stringify({ KeyId: keyArn, ...input }),
    })
    const answer = (await response.json()) as Record<string, string>
    if (!response.ok) throw new Error(`KMS answered ${response.status} (${answer.__type ?? 'no code'}) to ${action}`)
    return answer
  }
  const inContext = (context: SecretContext) => ({ EncryptionContext: context })
  return {
    newDataKey: async (context) => {
      const answer = await call('GenerateDataKey', { KeySpec: 'AES_256', ...inContext(context) })
      return { plain: Buffer.from(answer.Plaintext ?? '', 'base64'), wrapped: answer.CiphertextBlob ?? '' }
    },
    unwrap: async (wrapped, context) => {
      const answer = await call('Decrypt', { CiphertextBlob: wrapped, ...inContext(context) })
      return Buffer.from(answer.Plaintext ?? '', 'base64')
    },
  }
}

/** The key service of a function: the machine's own key where there is one, else KMS. */
export function openKeyService(): KeyService {
  const localKey = localSecretsKey()
  if (localKey !== undefined) return localKeyService(localKey)
  const { region, accessKeyId, secretAccessKey, sessionToken, kmsEndpoint } = awsRuntime()
  const { SECRETS_KEY_ARN: keyArn } = readEnvironment('SECRETS_KEY_ARN')
  return kmsKeyService({ keyArn, region, accessKeyId, secretAccessKey, sessionToken, endpoint: kmsEndpoint })
}

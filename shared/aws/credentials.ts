/**
 * Takes the place of `@aws-sdk/credential-provider-node` in every bundle.
 * That package knows profiles, single sign-on, web identities, processes and metadata services, and brings 130 KB for it; the
 * Lambda runtime hands a function its credentials by environment variables and by nothing else.
 */
import { awsRuntime } from './environment.ts'

export interface EnvironmentCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/**
 * The shape that the SDK's clients call: options in (none matter here), provider out. The provider reads the environment when
 * it is called, not when it is made.
 * @throws Error (from the provider) when the environment holds no credentials.
 */
export function defaultProvider(_options?: unknown): () => Promise<EnvironmentCredentials> {
  return async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = awsRuntime()
    if (accessKeyId === '' || secretAccessKey === '') {
      throw new Error('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set in the environment of this function')
    }
    return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
  }
}

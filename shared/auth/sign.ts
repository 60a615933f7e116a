/** Signs the requests of a client with an access key. */
import { authorizationFor } from './signature.ts'

export interface OutgoingRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Absent or empty: no body. */
  readonly body?: string | undefined
}

export interface KeyPair {
  readonly accessKey: string
  readonly secretKey: string
}

const dateText = (date: Date) => `${date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`

/**
 * Makes a signer: request in, the headers to add to it out.
 * @param now when the requests are sent; by default now
 */
export function signWith({ accessKey, secretKey }: KeyPair, now = () => new Date()) {
  return ({ method, url, headers, body = '' }: OutgoingRequest): Record<string, string> => {
    const { host, pathname, searchParams } = new URL(url)
    const date = { 'X-Sdk-Date': dateText(now()) }
    const request = {
      method,
      paths: [pathname],
      query: [...searchParams],
      headers: Object.entries({ ...headers, ...date, Host: host }),
      body: Buffer.from(body),
    }
    return { ...date, Authorization: authorizationFor(request, accessKey, secretKey) }
  }
}

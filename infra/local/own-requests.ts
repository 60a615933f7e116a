/**
 * Who may use the local table, queues, bucket and functions: those to whom this start gave its key id. Templates run on the
 * same machine and reach every port of its loopback address. The id is the secret; signatures are not computed again.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { localCredentials } from './sdk-settings.ts'

export const refusedStatus = 403
/** In the form of the services' JSON protocols; the others get by with the status. */
export const refusal = {
  __type: 'UnrecognizedClientException',
  message: 'This local service answers only to the functions of its own start.',
}

/** Whether a request was signed, or its link was, with the key id of this start. */
export function isOwnRequest({ url, headers }: { url?: string | undefined; headers: IncomingHttpHeaders }): boolean {
  const inHeader = /\bCredential=([^/,\s]+)\//.exec(headers.authorization ?? '')
  const inLink = /[?&]X-Amz-Credential=([^%/&]+)(?:%2F|\/)/i.exec(url ?? '')
  const stated = (inHeader ?? inLink)?.[1]
  return stated !== undefined && timingSafeEqual(digest(stated), digest(localCredentials.accessKeyId))
}

const digest = (text: string) => createHash('sha256').update(text).digest()

/**
 * One request to one checked address. The name is resolved once; every address it has must be allowed, and the connection is
 * made to one of just those, so that no second answer of a name server can lead elsewhere.
 */
import { lookup as systemLookup } from 'node:dns/promises'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { isOpenableAddress, isPublicAddress } from './addresses.ts'
import type { FetchTarget, Reach } from './places.ts'
import { FetchRefused } from './protocol.ts'

export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}

/** All addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>

export const systemResolve: Resolve = (hostname) => systemLookup(hostname, { all: true })

const isReachable: Readonly<Record<Reach, (address: string) => boolean>> = {
  public: isPublicAddress,
  openable: isOpenableAddress,
  local: () => true,
}

async function checkedAddresses(hostname: string, reach: Reach, resolve: Resolve): Promise<readonly ResolvedAddress[]> {
  const addresses = await resolve(hostname)
  if (addresses.length === 0) throw new FetchRefused('unreachable')
  if (!addresses.every(({ address }) => isReachable[reach](address))) throw new FetchRefused('not-public')
  return addresses
}

function checkedLookup(reach: Reach, resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    checkedAddresses(hostname, reach, resolve).then(
      (addresses) => {
        const [first] = addresses
        if (options.all) callback(null, [...addresses])
        else callback(null, first?.address ?? '', first?.family)
      },
      (error: Error) => callback(error, ''),
    )
  }
}

/**
 * Sends the request and gives the answer's head; its body is the caller's to read or to destroy.
 * @throws FetchRefused
 */
export function get({ url, reach }: FetchTarget, resolve: Resolve, signal: AbortSignal): Promise<IncomingMessage> {
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  // A literal is connected to as it is, without any lookup.
  if (isIP(hostname) !== 0 && !isReachable[reach](hostname)) return Promise.reject(new FetchRefused('not-public'))
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((answered, refused) => {
    const request = send({
      hostname,
      port: url.port,
      path: `${url.pathname}${url.search}`,
      headers: { Host: url.host, Accept: '*/*', 'Accept-Encoding': 'identity', 'User-Agent': 'rfs-serverless' },
      lookup: checkedLookup(reach, resolve),
      // A connection of its own, made by the lookup above and closed afterwards.
      agent: false,
      signal,
    })
    request.once('response', answered)
    request.on('error', (cause) =>
      refused(cause instanceof FetchRefused ? cause : new FetchRefused('unreachable', { cause })),
    )
    // Without an answer before it: a server that would rather speak another protocol.
    request.once('close', () => refused(new FetchRefused('unreachable')))
    request.end()
  })
}

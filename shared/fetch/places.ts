/** Which addresses may be fetched: hosts that the operator named, and the service's own bucket. */
import { FetchRefused } from './protocol.ts'

export interface FetchPlaces {
  /** Names of hosts, served by https on port 443; one that begins with a dot or `*.` stands for all names below it. */
  readonly hosts: readonly string[]
  /** `name:port`, also by http and also at private addresses: for private use and tests. */
  readonly privateHosts: readonly string[]
  /** Where links to stored objects lead; `root` is the bucket's address. */
  readonly bucket: { readonly root: string; readonly isLocal: boolean }
}

/** What the address that a name leads to may be. */
export type Reach = 'public' | 'openable' | 'local'

export interface FetchTarget {
  readonly url: URL
  readonly reach: Reach
}

function parse(address: string, from: URL | undefined): URL {
  if (!URL.canParse(address, from?.href)) throw new FetchRefused('malformed')
  const url = new URL(address, from?.href)
  const isHttp = url.protocol === 'https:' || url.protocol === 'http:'
  if (!isHttp || url.username !== '' || url.password !== '') throw new FetchRefused('malformed')
  return url
}

/** Below the project's folder in the bucket, as `URL` reads it: its path has no dots left to climb up with. */
function isStoredFor(project: string, { origin, pathname }: URL, root: string): boolean {
  const folder = new URL(`${root}/projects/${project}/`)
  return origin === folder.origin && pathname.startsWith(folder.pathname)
}

function isNamed(hostname: string, entry: string): boolean {
  const suffix = entry.replace(/^\*?(?=\.)/, '')
  if (suffix.startsWith('.')) return hostname.endsWith(suffix) && hostname.length > suffix.length
  return hostname === suffix
}

/**
 * The place that an address, or the address of a redirect `from` another one, leads to.
 * @param project the caller's
 * @throws FetchRefused
 */
export function fetchTarget(address: string, project: string, places: FetchPlaces, from?: URL): FetchTarget {
  const url = parse(address, from)
  if (isStoredFor(project, url, places.bucket.root)) return { url, reach: places.bucket.isLocal ? 'local' : 'public' }
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  if (places.privateHosts.includes(`${url.hostname}:${port}`)) return { url, reach: 'openable' }
  const isPublicly = url.protocol === 'https:' && url.port === ''
  if (isPublicly && places.hosts.some((entry) => isNamed(url.hostname, entry))) return { url, reach: 'public' }
  throw new FetchRefused('not-allowed')
}

/** A list of hosts as a parameter has it: separated by commas, in lower case. */
export function hostList(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
}

/**
 * Fetches a file from an address that a caller named. It holds no permission, so that whatever it is led to is asked with
 * nobody's rights; links to stored objects carry their own.
 */
import { bucketAddress, readEnvironment } from '../../shared/aws/environment.ts'
import { createLog, errorFields } from '../../shared/aws/log.ts'
import { fetchFile } from '../../shared/fetch/fetch-file.ts'
import { type FetchPlaces, hostList } from '../../shared/fetch/places.ts'
import { type FetchAnswer, FetchRefused, FetchRequest } from '../../shared/fetch/protocol.ts'

function placesOfFunction(): FetchPlaces {
  const { TEMPLATE_HOSTS, PRIVATE_TEMPLATE_HOSTS } = readEnvironment('TEMPLATE_HOSTS', 'PRIVATE_TEMPLATE_HOSTS')
  return {
    hosts: hostList(TEMPLATE_HOSTS),
    privateHosts: hostList(PRIVATE_TEMPLATE_HOSTS),
    bucket: bucketAddress(),
  }
}

let places: FetchPlaces | undefined

/** The host alone: the rest of an address may be a credential. */
function hostOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).host : undefined
}

export async function handler(event: unknown): Promise<FetchAnswer> {
  const request = FetchRequest.parse(event)
  places ??= placesOfFunction()
  const log = createLog({ function: 'fetcher', host: hostOf(request.address) })
  try {
    const content = await fetchFile(request, places)
    log.info('file fetched', { bytes: content.length })
    return { outcome: 'fetched', base64: content.toString('base64') }
  } catch (error) {
    if (!(error instanceof FetchRefused)) throw error
    const { problem, status } = error
    log.info('file not fetched', { problem, status, ...(error.cause ? errorFields(error.cause) : {}) })
    return { outcome: 'refused', problem, ...(status === undefined ? {} : { status }) }
  }
}

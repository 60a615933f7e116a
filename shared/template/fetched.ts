/** The files behind `template_uri` and `vars_uri`: which may be asked for, and what a caller is told when there is none. */
import type { FetcherClient } from '../aws/fetcher-client.ts'
import { type ErrorName, RfsError } from '../contract/errors.ts'
import type { FetchAnswer, FetchProblem } from '../fetch/protocol.ts'
import { maxTemplateBytes } from './limits.ts'
import { type Template, type TemplateExtension, templateExtensions } from './template.ts'

/** `[DECISIONS]` */
const maxVariablesBytes = 51_200

/** Never what a server said: its words may be somebody else's. */
const explanations: Readonly<Record<FetchProblem, string>> = {
  malformed: 'must be an http or https address without a user name or password in it',
  'not-allowed':
    'must lead, by https on port 443, to a host that the operator of this service allows, or to an object stored here',
  'not-public': 'leads to a host whose network address this service does not connect to',
  unreachable: 'could not be reached; check the address and that its host is up',
  'too-slow': 'took too long to fetch',
  'too-many-redirects': 'leads through more than three redirects; give the address at their end',
  'no-file': 'did not answer with a file',
  'unknown-encoding': 'sent the file in an encoding that could not be unpacked; serve it as it is',
  'too-large': 'sent a file that is too large',
}

type Refused = Extract<FetchAnswer, { outcome: 'refused' }>

function explain(field: string, { problem, status }: Refused): string {
  const hint =
    status === 403 || status === 404 ? '; check that it exists and that a pre-signed link has not expired' : ''
  return `${field} ${explanations[problem]}${status === undefined ? '' : ` (HTTP status ${status})`}${hint}.`
}

/** What follows a question mark in an address is no part of its path. */
function pathOf(address: string): string {
  return URL.canParse(address) ? new URL(address).pathname : ''
}

function extensionOf(address: string): TemplateExtension | undefined {
  const path = pathOf(address)
  return templateExtensions.find((extension) => path.endsWith(`.${extension}`))
}

interface Wanted {
  readonly field: 'template_uri' | 'vars_uri'
  readonly maxBytes: number
  readonly tooLarge: ErrorName
  readonly unusable: ErrorName
}

async function fetched(
  fetcher: FetcherClient,
  project: string,
  address: string,
  { field, maxBytes, tooLarge, unusable }: Wanted,
): Promise<Buffer<ArrayBuffer>> {
  const answer = await fetcher.fetch({ address, project, maxBytes })
  if (answer.outcome === 'fetched') return Buffer.from(answer.base64, 'base64')
  if (answer.problem === 'too-large') throw new RfsError(tooLarge, `The file of ${field} may have ${maxBytes} bytes.`)
  throw new RfsError(unusable, explain(field, answer))
}

/** @throws RfsError `TemplateExtensionUnknown`, `TemplateUriInvalid`, `TemplateFileTooLarge`, `ArchiveTooLarge` */
export async function fetchTemplate(fetcher: FetcherClient, project: string, address: string): Promise<Template> {
  const extension = extensionOf(address)
  if (!extension) {
    throw new RfsError('TemplateExtensionUnknown', 'The path of template_uri must end in .tf, .tf.json or .zip.')
  }
  const content = await fetched(fetcher, project, address, {
    field: 'template_uri',
    maxBytes: maxTemplateBytes,
    tooLarge: extension === 'zip' ? 'ArchiveTooLarge' : 'TemplateFileTooLarge',
    unusable: 'TemplateUriInvalid',
  })
  return { extension, content }
}

/** @throws RfsError `VarsUriUnusable`, `VarsFileTooLarge` */
export async function fetchVariables(fetcher: FetcherClient, project: string, address: string): Promise<Buffer> {
  if (!pathOf(address).endsWith('.tfvars')) {
    throw new RfsError('VarsUriUnusable', 'The path of vars_uri must end in .tfvars.')
  }
  return fetched(fetcher, project, address, {
    field: 'vars_uri',
    maxBytes: maxVariablesBytes,
    tooLarge: 'VarsFileTooLarge',
    unusable: 'VarsUriUnusable',
  })
}

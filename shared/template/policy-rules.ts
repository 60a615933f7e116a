/**
 * What a template of the profile `hosted` may not contain, as words: which blocks, types, functions and paths.
 * Nothing here knows how a template is spelled. Sources: DECISIONS "Template limits"; the vendor's list `[hw-web:rf_05_0028]`.
 */

/** One thing that is not allowed, as it is named to the template's owner. */
export interface Finding {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly construct: string
}

export interface TemplateSource {
  /** Relative to the template's folder. */
  readonly path: string
  readonly content: string
}

/** Functions that read a file: allowed with a literal path inside the template's folder. */
export const readingFunctions: ReadonlySet<string> = new Set([
  'file',
  'filebase64',
  'filebase64sha256',
  'filebase64sha512',
  'fileexists',
  'filemd5',
  'fileset',
  'filesha1',
  'filesha256',
  'filesha512',
])

/**
 * Never allowed: these name folders of the runner, or evaluate text that was not checked (a comment or a string of the
 * template itself, for example) as a template with all functions.
 */
export const refusedFunctions: ReadonlySet<string> = new Set([
  'abspath',
  'pathexpand',
  'templatefile',
  'templatestring',
])

/**
 * Providers whose purpose is to touch the machine that runs the engine: files (`local`), programs (`external`), and
 * addresses as seen from there (`http`: the sandbox's own services answer to whoever asks from inside).
 */
export const refusedProviders: ReadonlySet<string> = new Set(['external', 'http', 'local'])

/** Blocks of the engine whose first label is a type of some provider. */
export const typedBlocks: ReadonlySet<string> = new Set(['action', 'data', 'ephemeral', 'list', 'resource'])

/** All that a `terraform` block may hold; what it is not allowed to hold grows with the engine. */
export const allowedInTerraform: ReadonlySet<string> = new Set([
  'experiments',
  'language',
  'provider_meta',
  'required_providers',
  'required_version',
])

export const maxModules = 25
export const maxModuleDepth = 3

/**
 * @param ancestors types of the blocks around it, outermost first.
 * @returns how the block is named when it is not allowed.
 */
export function refusedBlock(
  ancestors: readonly string[],
  type: string,
  labels: readonly string[],
): string | undefined {
  // A dynamic block stands for blocks of the type that its label names.
  const [first = ''] = labels
  if (type === 'dynamic') return refusedBlock(ancestors, first, []) && `dynamic ${quoted(first)}`
  const named = [type, ...labels.map(quoted)].join(' ')
  const parent = ancestors.at(-1)
  if (type === 'provisioner') return named
  if (type === 'connection' && parent === 'resource') return named
  if (parent === 'terraform' && !allowedInTerraform.has(type)) return `${named} in terraform`
  if (type === 'exec' && ancestors[0] === 'provider') return 'exec in provider'
  if (typedBlocks.has(type) && (ancestors.length === 0 || parent === 'check') && isRefusedType(type, first))
    return named
  if (type === 'provider' && ancestors.length === 0 && refusedProviders.has(first)) return named
  return undefined
}

/** Types belong to the provider that their first word names, whatever the template calls that provider. */
function isRefusedType(block: string, type: string): boolean {
  const [provider = ''] = type.split('_')
  // Reading another state means loading a backend, of any kind, with whatever the runner has.
  return refusedProviders.has(provider) || (block === 'data' && type === 'terraform_remote_state')
}

/** A source address of `required_providers` that means one of the refused providers, on any registry. */
export function isRefusedProviderSource(source: string): boolean {
  const [type = '', namespace = 'hashicorp'] = source.toLowerCase().split('/').reverse()
  return refusedProviders.has(type) && namespace === 'hashicorp'
}

/**
 * @param name as written, namespaces included (`core::file`).
 * @param paths its arguments as text; undefined for one that is no literal.
 * @returns how the call is named when it is not allowed.
 */
export function refusedCall(name: string, paths: readonly (string | undefined)[]): string | undefined {
  const parts = name.split('::')
  if (parts[0] === 'provider') return refusedProviders.has(parts[1] ?? '') ? `function ${name}` : undefined
  const plain = parts.at(-1) ?? ''
  if (refusedFunctions.has(plain)) return `function ${name}`
  if (!readingFunctions.has(plain)) return undefined
  const looked = plain === 'fileset' ? paths.slice(0, 2) : paths.slice(0, 1)
  const inside = looked.length > 0 && looked.every((path) => path !== undefined && isInside(path))
  return inside ? undefined : `function ${name} with a path that is not a literal inside the template's folder`
}

/** Only plain characters: an escape, a brace pattern or a home folder could spell what it does not look like. */
function isInside(path: string): boolean {
  return /^[\w.*@+=, -][\w.*@+=, /-]*$/.test(path) && !path.split('/').includes('..')
}

export function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
}

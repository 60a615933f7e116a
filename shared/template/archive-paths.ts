/** The rules for paths in an archive of a template, in the order in which they are checked. Source: `[CreateStack]`, `[error_codes]`. */
import type { ErrorName } from '../contract/errors.ts'

export interface PathProblem {
  readonly error: ErrorName
  readonly detail: string
}

const maxPathBytes = 2048
const maxNameBytes = 255

/** A path as a message may have it: short, and without anything that is not to be seen. */
function shown(path: string): string {
  return JSON.stringify(path.length > 100 ? `${path.slice(0, 100)}...` : path)
}

/**
 * What is wrong with the path of a file or folder; undefined when nothing is.
 * @param path as the archive has it, without the slash at the end of a folder's
 */
export function pathProblem(path: string): PathProblem | undefined {
  const problem = (error: ErrorName, detail: string) => ({ error, detail: `${shown(path)} ${detail}` })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters in question
  if (/[\0-\x1f\x7f\ufffd]/.test(path)) {
    return problem('ArchiveUnreadable', 'is no usable path: use UTF-8 without control characters.')
  }
  if (Buffer.byteLength(path) > maxPathBytes)
    return problem('ArchivePathTooLong', `has more than ${maxPathBytes} bytes.`)
  if (path.startsWith('/'))
    return problem('ArchivePathAbsolute', 'begins with a slash; paths are relative to the root.')
  if (/\\|^[A-Za-z]:/.test(path)) {
    return problem('ArchivePathOutside', 'has a backslash or a drive in it; separate folders by slashes.')
  }
  const segments = path.split('/')
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return problem('ArchivePathSegment', 'has an empty part, a single dot or two dots between its slashes.')
  }
  if (segments.some((segment) => Buffer.byteLength(segment) > maxNameBytes)) {
    return problem('ArchiveNameTooLong', `has a part of more than ${maxNameBytes} bytes.`)
  }
  if (/\.tfvars(\.json)?$/.test(path)) {
    return problem('ArchiveWithVariables', 'sets variables; give them in vars_body, vars_uri or vars_structure.')
  }
  return undefined
}

/** A path that cannot be made beside the others: one that is there twice, or that is a file here and a folder there. */
export function clashingPath(files: readonly string[], folders: readonly string[]): string | undefined {
  const seen = new Set<string>()
  const needed = new Set(folders)
  for (const path of files) {
    if (seen.has(path)) return path
    seen.add(path)
    for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) needed.add(path.slice(0, at))
  }
  return files.find((path) => needed.has(path))
}

/** Bytes <-> the files of a template. */
import { isUtf8 } from 'node:buffer'
import { RfsError } from '../contract/errors.ts'
import type { TemplateFile } from '../engine/protocol.ts'

/** What the engine reads as configuration; it ignores files whose names begin with a dot. */
const configuration = /(^|\/)[^./][^/]*\.(tf|tofu)(\.json)?$/
const byteOrderMark = '\ufeff'

/** The text of UTF-8, its byte order mark kept; undefined for other bytes. */
export function textOf(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}

/**
 * A file of a template. Configuration must be text; any other file may hold any bytes.
 * @throws RfsError `TemplateNotUtf8`, `TemplateWithByteOrderMark`
 */
export function fileOf(path: string, bytes: Buffer): TemplateFile {
  const content = textOf(bytes)
  if (!configuration.test(path)) {
    return content === undefined ? { path, content: bytes.toString('base64'), encoding: 'base64' } : { path, content }
  }
  if (content === undefined) throw new RfsError('TemplateNotUtf8', `${path} must be UTF-8 text.`)
  if (path.endsWith('.json')) refuseByteOrderMark(path, content)
  return { path, content }
}

/** @throws RfsError `TemplateWithByteOrderMark` for a JSON text that begins with one. */
export function refuseByteOrderMark(name: string, json: string): void {
  if (!json.startsWith(byteOrderMark)) return
  throw new RfsError('TemplateWithByteOrderMark', `${name} must not begin with a byte order mark.`)
}

/** Whether a file is one that the policy and other readers of text can look into. */
export function isText({ encoding }: TemplateFile): boolean {
  return encoding === undefined
}

/** The shorter of the two forms in which a file can be in a JSON text: control characters take six bytes there. */
export function shortest(file: TemplateFile): TemplateFile {
  if (!isText(file)) return file
  const encoded = Buffer.from(file.content).toString('base64')
  if (Buffer.byteLength(JSON.stringify(file.content)) <= encoded.length) return file
  return { path: file.path, content: encoded, encoding: 'base64' }
}

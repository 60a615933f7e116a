/** Templates and the files they consist of. */
import type { TemplateFile } from '../engine/protocol.ts'

/** `.tf` or `.tf.json`, the two spellings that the engine reads, or an archive of files. */
export const templateExtensions = ['tf', 'tf.json', 'zip'] as const
export type TemplateExtension = (typeof templateExtensions)[number]

/** A template as it was given: one file, or an archive of several. Bytes, unchanged. */
export interface Template {
  readonly extension: TemplateExtension
  readonly content: Buffer<ArrayBuffer>
}

/** The files of a template that was accepted; paths are relative to its root. */
export async function filesOfTemplate({ extension, content }: Template): Promise<TemplateFile[]> {
  if (extension === 'zip') throw new Error('archives are not read yet')
  return [{ path: `main.${extension}`, content: content.toString('utf8') }]
}

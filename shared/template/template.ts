/** A template, and the files that it consists of. */
import type { TemplateFile } from '../engine/protocol.ts'
import { fileOf } from './template-files.ts'

/** `.tf` and `.tf.json`, the two spellings that the engine reads, or an archive of files. */
export const templateExtensions = ['tf', 'tf.json', 'zip'] as const
export type TemplateExtension = (typeof templateExtensions)[number]

/** A template as it was given: one file, or an archive of several. Bytes, unchanged. */
export interface Template {
  readonly extension: TemplateExtension
  readonly content: Buffer<ArrayBuffer>
}

/**
 * The files of a template; paths are relative to its root.
 * @throws RfsError with the code of the rule that an archive breaks, `TemplateNotUtf8`, `TemplateWithByteOrderMark`
 */
export async function filesOfTemplate({ extension, content }: Template): Promise<TemplateFile[]> {
  if (extension !== 'zip') return [fileOf(`main.${extension}`, content)]
  // On first use: most templates are one file.
  const { archiveFiles } = await import('./archive.ts')
  return archiveFiles(content)
}

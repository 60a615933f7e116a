/** How a template is called and typed where it is kept: whoever downloads it gets what was given, at an address that says what it is. */
import { type TemplateExtension, templateExtensions } from './template.ts'

export interface TemplateBlob {
  readonly name: string
  readonly contentType: string
}

export const templateBlobs: Readonly<Record<TemplateExtension, TemplateBlob>> = {
  tf: { name: 'main.tf', contentType: 'text/plain; charset=utf-8' },
  'tf.json': { name: 'main.tf.json', contentType: 'text/plain; charset=utf-8' },
  zip: { name: 'template.zip', contentType: 'application/zip' },
}

/** @throws Error for a key that is no template's */
export function extensionOf(templateKey: string): TemplateExtension {
  const found = templateExtensions.find((extension) => templateKey.endsWith(`/${templateBlobs[extension].name}`))
  if (!found) throw new Error(`${templateKey} is not a template's key`)
  return found
}

/** What the intake wants to know of a template before the engine sees it. No deep checks: those are the engine's. */
import { RfsError } from '../contract/errors.ts'
import type { TemplateFile } from '../engine/protocol.ts'
import { outlineHcl } from './hcl.ts'
import { JsonFault, jsonTree } from './json-tree.ts'
import type { Template } from './template.ts'
import { isText } from './template-files.ts'

/** Where a template came from: the field of the request. */
export type TemplateCarrier = 'template_body' | 'template_uri'

type Look = { readonly imports: boolean } | 'alien' | 'no JSON'

async function lookAt({ path, content }: TemplateFile): Promise<Look> {
  if (!path.endsWith('.json')) {
    const { alien, blocks } = await outlineHcl(content)
    return alien ? 'alien' : { imports: blocks.includes('import') }
  }
  try {
    // A list of objects counts as all of them together.
    const roots: unknown[] = [JSON.parse(content)].flat()
    if (roots.some((root) => typeof root !== 'object' || root === null)) return 'no JSON'
    return { imports: roots.some((root) => Object.hasOwn(root as object, 'import')) }
  } catch {
    return 'no JSON'
  }
}

/** Empty for JSON that is well-formed, and no object. */
function placeOfFault(content: string): string {
  try {
    jsonTree(content)
    return ''
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    const { line, column } = error.place
    return `: line ${line}, column ${column}: ${error.message}`
  }
}

function unlikeWhatItIs(look: 'alien' | 'no JSON', content: string, carrier: TemplateCarrier): RfsError {
  if (look === 'alien') {
    const detail = `${carrier} is neither HCL nor JSON: no block or argument was found in it.`
    return new RfsError(carrier === 'template_body' ? 'TemplateBodyInvalid' : 'FileUnlikeExtension', detail)
  }
  if (carrier === 'template_body') {
    const detail = `template_body begins like JSON but is not well-formed${placeOfFault(content)}.`
    return new RfsError('TemplateBodyInvalid', detail)
  }
  if (/^\s*[{[]/.test(content)) {
    const detail = `The file of template_uri begins like JSON but is not well-formed${placeOfFault(content)}.`
    return new RfsError('TemplateInvalid', detail)
  }
  return new RfsError('FileUnlikeExtension', 'The file of template_uri ends in .tf.json but is no JSON object.')
}

/**
 * Whether a template imports existing resources; only its root may.
 * @throws RfsError `TemplateBodyInvalid`, `FileUnlikeExtension`, `TemplateInvalid` for a single file that is no template at
 * all. The files of an archive are left to the engine.
 */
export async function importsResources(
  { extension }: Template,
  files: readonly TemplateFile[],
  carrier: TemplateCarrier,
): Promise<boolean> {
  let imports = false
  for (const file of files) {
    if (!isText(file) || !/^[^./][^/]*\.(tf|tofu)(\.json)?$/.test(file.path)) continue
    const look = await lookAt(file)
    if (typeof look === 'object') imports ||= look.imports
    else if (extension !== 'zip') throw unlikeWhatItIs(look, file.content, carrier)
  }
  return imports
}

/** Deletes a version of a template, unless it is the only one. */
import { RfsError } from '../contract/errors.ts'
import { changeTemplate } from './change.ts'
import { forgetVersions, type KeptVersions } from './kept-versions.ts'
import { numberIn, numbersOf, type TemplateRecord, type VersionRecord, withoutVersion } from './record.ts'
import type { TemplateStore } from './store.ts'
import { newHold } from './version-store.ts'

export interface RemoveVersionDependencies extends KeptVersions {
  readonly templates: TemplateStore
}

/** @throws RfsError `OnlyTemplateVersion` */
function refuseOnly(template: TemplateRecord): void {
  if (numbersOf(template).length > 1) return
  throw new RfsError('OnlyTemplateVersion', `Add another version to ${template.name} first, or delete the template.`)
}

/** @throws RfsError `OnlyTemplateVersion`, `TemplateVersionNotFound`, `TemplateNotFound` or `TooManyRequests` */
export async function removeVersion(
  dependencies: RemoveVersionDependencies,
  seen: TemplateRecord,
  version: VersionRecord,
  now: Date,
): Promise<void> {
  const { templates, versions } = dependencies
  refuseOnly(seen)
  // Not settled when this is refused: another deletion of the same version may rely on the hold by then.
  await versions.hold([version], newHold(now))
  await changeTemplate(templates, seen, async (template) => {
    const number = numberIn(template, version.id)
    if (number === undefined) throw new RfsError('TemplateVersionNotFound', 'It was deleted meanwhile.')
    refuseOnly(template)
    const [newest] = numbersOf(template).filter((each) => each !== number)
    const newestId = template.versions[newest ?? 0] ?? ''
    return withoutVersion(template, version.id, await versions.find(template.id, newestId), now)
  })
  await forgetVersions(dependencies, [version])
}

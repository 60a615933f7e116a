/** Adds a version to a template. */
import { RfsError } from '../contract/errors.ts'
import type { Template } from '../template/template.ts'
import { changeTemplate } from './change.ts'
import { forgetVersions, type KeptVersions, keepVersion } from './kept-versions.ts'
import { newVersion, numbersOf, type TemplateRecord, withVersion } from './record.ts'
import type { TemplateStore } from './store.ts'
import { newHold } from './version-store.ts'

export interface AddDependencies extends KeptVersions {
  readonly templates: TemplateStore
}

export interface AddedVersion {
  readonly description?: string | undefined
  readonly content: Template
}

function refuseFull(template: TemplateRecord, limit: number): void {
  if (numbersOf(template).length < limit) return
  throw new RfsError('TooManyTemplateVersions', `A template may have ${limit} versions; delete one first.`)
}

/**
 * @param limit versions that the template may have
 * @returns the number of the version
 * @throws RfsError `TooManyTemplateVersions`, `TemplateNotFound` or `TooManyRequests`
 */
export async function addVersion(
  dependencies: AddDependencies,
  seen: TemplateRecord,
  { description, content }: AddedVersion,
  limit: number,
  now: Date,
): Promise<number> {
  const { templates, versions } = dependencies
  refuseFull(seen, limit)
  const version = newVersion(seen, { extension: content.extension, description }, now)
  const hold = newHold(now)
  await keepVersion(dependencies, version, content, hold)
  try {
    const template = await changeTemplate(templates, seen, (current) => {
      refuseFull(current, limit)
      return withVersion(current, version, now)
    })
    await versions.settle(version, hold)
    return template.latest.number
  } catch (error) {
    // Whether anything else took effect is not known here; the sweeper will find out.
    if (error instanceof RfsError) await forgetVersions(dependencies, [version])
    throw error
  }
}

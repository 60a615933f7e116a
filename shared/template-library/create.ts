/** Creates a template with its first version. */
import { v4 as uuid } from 'uuid'
import { RfsError } from '../contract/errors.ts'
import type { Template } from '../template/template.ts'
import { forgetVersions, type KeptVersions, keepVersion } from './kept-versions.ts'
import type { TemplateQuota } from './quota.ts'
import { newVersion, type TemplateRecord } from './record.ts'
import type { TemplateStore } from './store.ts'
import { newHold } from './version-store.ts'

export interface CreateDependencies extends KeptVersions {
  readonly templates: TemplateStore
  readonly quota: TemplateQuota
}

export interface NewTemplate {
  readonly project: string
  readonly name: string
  readonly description?: string | undefined
  readonly versionDescription?: string | undefined
  /** Read when it is needed: a request that is sent again has its first answer, also when its links have expired. */
  readonly read: () => Promise<Template>
  readonly fingerprint: string
}

/** A name is taken, unless this very request took it and nothing was changed since: its answer must have been lost. */
function unlessTaken(existing: TemplateRecord, fingerprint: string): TemplateRecord {
  if (existing.fingerprint === fingerprint && existing.version === 1) return existing
  throw new RfsError(
    'TemplateNameTaken',
    `Choose another template_name, or add a version to the existing template ${existing.name}.`,
  )
}

/**
 * @param limit templates that the project may have
 * @throws RfsError `TemplateNameTaken` or `TooManyTemplates`, and what `read` throws
 */
export async function createTemplate(
  dependencies: CreateDependencies,
  given: NewTemplate,
  limit: number,
  now: Date,
): Promise<TemplateRecord> {
  const { templates, versions, quota } = dependencies
  const { project, name, description, fingerprint } = given
  const existing = await templates.find(project, name)
  if (existing) return unlessTaken(existing, fingerprint)
  const content = await given.read()
  if (!(await quota.reserve(project, limit, now))) {
    throw new RfsError('TooManyTemplates', `A project may have ${limit} templates; delete one first.`)
  }
  const owner = { project, name, id: uuid() }
  const { extension } = content
  const version = newVersion(owner, { extension, description: given.versionDescription }, now)
  const hold = newHold(now)
  await keepVersion(dependencies, version, content, hold)
  const created = await templates.create({
    ...owner,
    ...(description === undefined ? {} : { description }),
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
    version: 1,
    versions: { 1: version.id },
    latest: { number: 1, ...(version.description === undefined ? {} : { description: version.description }) },
    fingerprint,
  })
  if (created.outcome === 'committed') {
    await versions.settle(version, hold)
    return created.record
  }
  await quota.release(project, now)
  await forgetVersions(dependencies, [version])
  if (created.outcome === 'missing') {
    throw new RfsError('TemplateNameTaken', `Another template had the name ${name} until now; try again.`)
  }
  return unlessTaken(created.current, fingerprint)
}

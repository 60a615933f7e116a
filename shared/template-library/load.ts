/** The template, or the version of one, that a request names, or the refusal. */
import { RfsError } from '../contract/errors.ts'
import { numberOf, type TemplateRecord, type VersionRecord } from './record.ts'
import type { TemplateStore } from './store.ts'
import type { VersionStore } from './version-store.ts'

/** Names as the path has them. */
export interface TemplatePath {
  readonly project_id: string
  readonly template_name: string
}
export interface VersionPath extends TemplatePath {
  readonly version_id: string
}

/**
 * @param templateId what the caller believes the id to be: guards against a name that was re-used
 * @throws RfsError `TemplateNotFound` or `TemplateIdMismatch`
 */
export async function loadTemplate(
  templates: TemplateStore,
  path: TemplatePath,
  templateId?: string,
): Promise<TemplateRecord> {
  const template = await templates.find(path.project_id, path.template_name)
  if (!template) {
    throw new RfsError('TemplateNotFound', `There is no template named ${path.template_name} in this project.`)
  }
  if (templateId !== undefined && templateId !== template.id) {
    throw new RfsError(
      'TemplateIdMismatch',
      `${path.template_name} is another template now; leave template_id out or correct it.`,
    )
  }
  return template
}

/** @throws RfsError those of `loadTemplate`, or `TemplateVersionNotFound` */
export async function loadVersion(
  { templates, versions }: { templates: TemplateStore; versions: VersionStore },
  path: VersionPath,
  templateId?: string,
): Promise<{ template: TemplateRecord; version: VersionRecord }> {
  const template = await loadTemplate(templates, path, templateId)
  const id = template.versions[numberOf(path.version_id)]
  const version = id === undefined ? undefined : await versions.find(template.id, id)
  if (!version) {
    throw new RfsError('TemplateVersionNotFound', `Template ${template.name} has no version ${path.version_id}.`)
  }
  return { template, version }
}

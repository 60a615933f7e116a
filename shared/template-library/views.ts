/** Records -> the wire's form. Keys without a value are left out. */
import type { TemplateVersion, TemplateVersionMetadata } from '../contract/template-versions.ts'
import type { TemplateMetadata, TemplateSummary } from '../contract/templates.ts'
import { present, wireTime } from '../http/wire.ts'
import { type VersionRecord, versionIdOf } from './record.ts'
import type { ListedTemplate } from './store.ts'

export function toTemplateMetadata(template: Omit<ListedTemplate, 'latest'>): TemplateMetadata {
  return present({
    template_id: template.id,
    template_name: template.name,
    template_description: template.description,
    create_time: wireTime(template.createdAt),
    update_time: wireTime(template.updatedAt),
  })
}

export function toTemplateSummary(template: ListedTemplate): TemplateSummary {
  return {
    ...toTemplateMetadata(template),
    latest_version_id: versionIdOf(template.latest.number),
    latest_version_description: template.latest.description ?? '',
  }
}

export function toVersionMetadata(version: VersionRecord): TemplateVersionMetadata {
  return present({
    template_id: version.templateId,
    template_name: version.templateName,
    version_description: version.description,
    create_time: wireTime(version.createdAt),
  })
}

export function toVersion(version: VersionRecord, number: number): TemplateVersion {
  return { ...toVersionMetadata(version), version_id: versionIdOf(number) }
}

/** What the service keeps about a template of the library and about each of its versions. */
import { v4 as uuid } from 'uuid'
import type { TemplateExtension } from '../template/template.ts'
import { templateBlobs } from '../template/template-blob.ts'

export interface TemplateRecord {
  readonly project: string
  readonly name: string
  readonly id: string
  readonly description?: string
  readonly createdAt: string
  readonly updatedAt: string
  /** Of the record, not of the template: raised by every write; the condition of the next one. */
  readonly version: number
  /** Number -> id of each version that is there. What is not in it does not exist, whatever else is kept of it. */
  readonly versions: Readonly<Record<string, string>>
  /** Of the version with the largest number. */
  readonly latest: LatestVersion
  /** Of the request that created it, so that a repetition of it gets the same answer. */
  readonly fingerprint: string
}

export interface LatestVersion {
  readonly number: number
  readonly description?: string
}

/** A version as it is kept. Nothing of it ever changes; which number it has, its template says. */
export interface VersionRecord {
  readonly id: string
  readonly project: string
  readonly templateId: string
  readonly templateName: string
  readonly description?: string
  readonly createdAt: string
  /** The blob, which is the template byte by byte as it was given. */
  readonly contentKey: string
}

/** The wire's form of a number: `V` and the number. */
export const versionIdOf = (number: number) => `V${number}`
export const numberOf = (versionId: string) => Number(versionId.slice(1))

/** The numbers that are there, newest first: a new one is always larger than all others. */
export function numbersOf({ versions }: Pick<TemplateRecord, 'versions'>): number[] {
  return Object.keys(versions)
    .map(Number)
    .sort((a, b) => b - a)
}

/** The number of a version; undefined when the template does not have it, or not any more. */
export function numberIn({ versions }: Pick<TemplateRecord, 'versions'>, versionId: string): number | undefined {
  const found = Object.entries(versions).find(([, id]) => id === versionId)
  return found && Number(found[0])
}

/** A version that its template does not have yet. */
export function newVersion(
  template: Pick<TemplateRecord, 'project' | 'name' | 'id'>,
  given: { readonly extension: TemplateExtension; readonly description?: string | undefined },
  now: Date,
): VersionRecord {
  const id = uuid()
  return {
    id,
    project: template.project,
    templateId: template.id,
    templateName: template.name,
    ...(given.description === undefined ? {} : { description: given.description }),
    createdAt: now.toISOString(),
    contentKey: `projects/${template.project}/templates/${template.id}/${id}/${templateBlobs[given.extension].name}`,
  }
}

function latestOf(number: number, { description }: Pick<VersionRecord, 'description'>): LatestVersion {
  return { number, ...(description === undefined ? {} : { description }) }
}

/** The template with one more version, whose number is the largest present one and one more `[CreateTemplateVersion]`. */
export function withVersion(template: TemplateRecord, version: VersionRecord, now: Date): TemplateRecord {
  const number = Math.max(0, ...numbersOf(template)) + 1
  return {
    ...template,
    versions: { ...template.versions, [number]: version.id },
    latest: latestOf(number, version),
    updatedAt: now.toISOString(),
  }
}

/** @param newest the version that has the largest number of those that are left */
export function withoutVersion(
  template: TemplateRecord,
  versionId: string,
  newest: VersionRecord | undefined,
  now: Date,
): TemplateRecord {
  const left = Object.entries(template.versions).filter(([, id]) => id !== versionId)
  const versions = Object.fromEntries(left)
  const [number = 0] = numbersOf({ versions })
  return { ...template, versions, latest: latestOf(number, newest ?? {}), updatedAt: now.toISOString() }
}

/** Where the software items lie in the table and in the bucket. */
import type { Key } from '../aws/table.ts'

/** Ids are made here, so no other text can be one; it also keeps what a client names out of the keys. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}

export const projectPk = (project: string) => `PROJECT#${project}`
export const configPrefix = 'CONFIG#'
export const deploymentPrefix = 'SWDEPLOY#'

export const configKey = (project: string, id: string): Key => ({ pk: projectPk(project), sk: `${configPrefix}${id}` })
export const deploymentKey = (project: string, id: string): Key => ({
  pk: projectPk(project),
  sk: `${deploymentPrefix}${id}`,
})

/** A server's name is any text; encoded it has no separator in it. */
const encoded = (serverId: string) => Buffer.from(serverId).toString('base64url')

export const serverKey = (project: string, serverId: string): Key => ({
  pk: `SERVER#${project}#${encoded(serverId)}`,
  sk: 'METADATA',
})

/** Whole seconds and then the id: the order that Heat lists configs in. */
export function configListingKey({ createdAt, id }: { createdAt: string; id: string }): string {
  return `${configPrefix}${createdAt.slice(0, 19)}#${id}`
}

/** All deployments of a server stand together, oldest first. */
export const serverPrefix = (serverId: string) => `${deploymentPrefix}${encoded(serverId)}#`
export function deploymentListingKey(of: { serverId: string; createdAt: string; id: string }): string {
  return `${serverPrefix(of.serverId)}${of.createdAt}#${of.id}`
}

/** Sort keys of the items that note objects of one of the project's records; see `large-values.ts`. */
export const objectNotePrefix = 'OBJECTS#'
export const isObjectNote = ({ sk }: Key) => sk.startsWith(objectNotePrefix)

/** Where the large values of a config or deployment go. */
export const blobPrefix = (project: string, id: string) => `projects/${project}/software/${id}/`

/** The config that an item's key names; undefined for items of other kinds. */
export function configAtKey({ pk, sk }: Key): { project: string; id: string } | undefined {
  const [, project] = /^PROJECT#(.+)$/.exec(pk) ?? []
  const [, id] = /^CONFIG#(.+)$/.exec(sk) ?? []
  return project !== undefined && id !== undefined ? { project, id } : undefined
}

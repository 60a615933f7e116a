/** The items of templates: their reads and their one conditional write, which decides about their versions as well. */
import { isListKey, type Listing, type ListRequest, listingKeyOf, walkListing } from '../aws/listing.ts'
import { openTable, type Table } from '../aws/table.ts'
import { type Commit, openVersionedItems } from '../aws/versioned-items.ts'
import type { Listed } from '../http/paging.ts'
import type { TemplateRecord } from './record.ts'

/** A template in a list: what the summary shows. */
export type ListedTemplate = Pick<TemplateRecord, 'name' | 'id' | 'description' | 'createdAt' | 'updatedAt' | 'latest'>

export interface TemplateStore {
  find(project: string, name: string): Promise<TemplateRecord | undefined>
  /** `conflict` carries the template that has the name. */
  create(template: TemplateRecord): Promise<Commit<TemplateRecord>>
  commit(seen: TemplateRecord, next: TemplateRecord): Promise<Commit<TemplateRecord>>
  remove(seen: TemplateRecord): Promise<Commit<TemplateRecord>>
  /** The templates of a project, newest first by creation; reads as far as it is consumed. */
  walk(project: string, request?: ListRequest): AsyncIterable<Listed<ListedTemplate>>
}

const keyOf = (project: string, name: string) => ({ pk: `PROJECT#${project}`, sk: `TEMPLATE#${name}` })

const listing: Listing = {
  prefix: 'TEMPLATE#',
  attributes: ['name', 'id', 'description', 'createdAt', 'updatedAt', 'latest'],
}

/** Whether a marker is a place in a list of templates. */
export const isTemplateListKey = isListKey(listing)

export function openTemplateStore(table: Table = openTable()): TemplateStore {
  const items = openVersionedItems<TemplateRecord>(table, {
    keyOf: (template) => keyOf(template.project, template.name),
    extrasOf: (template) => ({ listingKey: listingKeyOf(listing, template) }),
  })
  return {
    find: (project, name) => items.find(keyOf(project, name)),
    create: items.create,
    commit: items.commit,
    remove: items.remove,
    walk: (project, request) => walkListing(table, keyOf(project, '').pk, listing, request),
  }
}

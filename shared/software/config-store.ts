/** Configs in the table: reads, creation, and deletion, which is refused while anything refers to the config. */
import { type Item, openTable, type Table } from '../aws/table.ts'
import { recordOf } from '../aws/versioned-items.ts'
import type { ConfigRecord, ConfigSummary } from './config-record.ts'
import { configKey, configListingKey, configPrefix, isId, projectPk } from './keys.ts'

export interface ConfigStore {
  find(project: string, id: string): Promise<ConfigRecord | undefined>
  create(config: ConfigRecord): Promise<true>
  /** `in use` while a reference is there, whoever holds it; whoever comes later finds no config to refer to. */
  remove(config: Pick<ConfigRecord, 'project' | 'id'>): Promise<'removed' | 'in use' | 'missing'>
  /** Newest first, from behind `after` on, without what the configs hold. */
  list(project: string, limit: number | undefined, after: ConfigSummary | undefined): Promise<ConfigSummary[]>
}

const summaryAttributes = ['id', 'name', 'group', 'createdAt']

async function listConfigs(table: Table, ...given: Parameters<ConfigStore['list']>): Promise<ConfigSummary[]> {
  const [project, limit, after] = given
  const found: ConfigSummary[] = []
  let next: Item | undefined = after && {
    ...configKey(project, after.id),
    listingKey: configListingKey(after),
  }
  do {
    const page = await table.query({
      index: 'listing',
      condition: {
        text: 'pk = :pk AND begins_with(listingKey, :prefix)',
        values: { ':pk': projectPk(project), ':prefix': configPrefix },
      },
      newestFirst: true,
      attributes: summaryAttributes,
      ...(limit === undefined ? {} : { limit: limit - found.length }),
      ...(next ? { after: next } : {}),
    })
    found.push(...(page.items as unknown as ConfigSummary[]))
    next = page.next
  } while (next && (limit === undefined || found.length < limit))
  return found
}

export function openConfigStore(table: Table = openTable()): ConfigStore {
  const find = async (project: string, id: string) => {
    const item = isId(id) ? await table.get(configKey(project, id)) : undefined
    return item && recordOf<ConfigRecord>(item)
  }
  return {
    find,
    create: async (config) => {
      await table.put({ ...configKey(config.project, config.id), ...config, listingKey: configListingKey(config) })
      return true
    },
    remove: async ({ project, id }) => {
      const unused = { text: 'refs = :none', values: { ':none': 0 } }
      if (await table.delete(configKey(project, id), unused)) return 'removed'
      return (await find(project, id)) ? 'in use' : 'missing'
    },
    list: async (project, limit, after) => (limit === 0 ? [] : listConfigs(table, project, limit, after)),
  }
}

/**
 * A server's tag: one small item that changes whenever the set of configs that the server should run may have changed, and at
 * nothing else. Agents poll far more often than anything changes: 1,000 servers once a second are 1,000 reads of 150 bytes,
 * each in a partition of its own, and the answer to nearly all of them is "not modified". Only a poll that finds another tag
 * reads the deployments and their configs.
 *
 * The tag is renewed after the deployment's write and before its reference is settled, so the sweeper makes up for a crash
 * in between. A reader takes the tag before it reads the deployments: what it shows is never older than the tag it gives.
 */
import { v4 as uuid } from 'uuid'
import { openTable, type Table } from '../aws/table.ts'
import { serverKey } from './keys.ts'

export interface ServerTags {
  /** The same as long as nothing changed; also for a server that nobody has heard of. */
  read(project: string, serverId: string): Promise<string>
  renew(projects: readonly string[], serverId: string): Promise<void>
}

export function openServerTags(table: Table = openTable()): ServerTags {
  return {
    read: async (project, serverId) => {
      const item = await table.get(serverKey(project, serverId))
      return item === undefined ? 'none' : String(item.tag)
    },
    renew: async (projects, serverId) => {
      await Promise.all(projects.map((project) => table.put({ ...serverKey(project, serverId), tag: uuid() })))
    },
  }
}

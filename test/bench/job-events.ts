/** What the functions behind the API are given, each of it a piece of work that needs no engine. */
import { randomUUID } from 'node:crypto'
import type { Table } from '../../shared/aws/table.ts'
import type { JobMessage } from '../../shared/job/queue.ts'
import { openStackStore } from '../../shared/stack/store.ts'
import { messageOf } from '../support/job-scene.ts'
import { queuedJob, workingStack } from '../support/stack-records.ts'
import { projectId } from './bench-cloud.ts'

export interface JobAsk {
  /** The function's name. */
  readonly name: string
  readonly what: string
  /** A piece of work that was not done yet. */
  next(): Promise<object>
}

/** A delivery of one message, as Lambda hands it over. */
export function deliveryOf(message: JobMessage): object {
  return { Records: [{ messageId: randomUUID(), body: JSON.stringify(message) }] }
}

/** A stack with a job that nobody has claimed, in the stores only. */
async function waitingStack(table: Table, kind: 'deploy' | 'delete') {
  const now = new Date()
  const startBefore = new Date(now.getTime() + 3_600_000).toISOString()
  const stack = workingStack({
    project: projectId,
    name: `waiting-${randomUUID()}`,
    status: kind === 'deploy' ? 'DEPLOYMENT_IN_PROGRESS' : 'DELETION_IN_PROGRESS',
    mayHaveResources: kind === 'deploy',
    job: queuedJob({ kind, queuedAt: now.toISOString(), startBefore }),
  })
  await openStackStore(table).create(stack)
  return stack
}

export function jobAsks(table: Table): readonly JobAsk[] {
  return [
    {
      name: 'worker',
      what: 'the deletion of a stack that has no resources',
      next: async () => deliveryOf(messageOf(await waitingStack(table, 'delete'))),
    },
    { name: 'runner', what: 'a request that it refuses', next: async () => ({}) },
    {
      name: 'fetcher',
      what: 'an address that it refuses',
      next: async () => ({ address: 'https://example.org/main.tf', project: projectId, maxBytes: 1000 }),
    },
    { name: 'sweeper', what: 'a sweep that finds nothing due', next: async () => ({}) },
    {
      name: 'dead-letter',
      what: 'a deployment that is given up',
      next: async () => deliveryOf(messageOf(await waitingStack(table, 'deploy'))),
    },
  ]
}

/**
 * Events of deployments, one item each. Deployment ids sort by time (UUID v7), and within a deployment the sequence does:
 * the attempt first, so that events of a retry follow those of the attempt before, whoever wrote them.
 */
import { type Item, openTable, type Table } from '../aws/table.ts'
import type { EventType } from '../contract/enums.ts'
import { boundedMessage, maxMessageLength } from '../engine/bounded-message.ts'
import type { EngineEvent, EventResource } from '../engine/protocol.ts'
import type { Listed } from '../http/paging.ts'
import type { RunRef } from '../stack/record.ts'

export interface StoredEvent extends EngineEvent {
  readonly deploymentId: string
}

export interface EventQuery {
  readonly stackId: string
  /** Absent: all deployments. */
  readonly deploymentId?: string | undefined
  /** Most events to read at a time; absent: as many as one answer of the table holds. */
  readonly pageSize?: number | undefined
}

/** What a later run needs to know of an event. */
export interface PastOperation {
  readonly type: EventType
  readonly resource: EventResource
  readonly run: RunRef
}

export interface EventStore {
  /** Appends events; `first` is the number of events this attempt wrote before. */
  append(at: EventPosition, events: readonly EngineEvent[]): Promise<void>
  /** One page, newest first. */
  list(query: EventQuery, after?: Item): Promise<{ events: Listed<StoredEvent>[]; next?: Item }>
  /** The events about resources of a run and of all later ones, oldest first; read page by page, without their texts. */
  operationsSince(stackId: string, run: RunRef): AsyncGenerator<PastOperation>
  /**
   * Deletes everything kept about a stack beside its own item: events, deployments, plans. Begins, and goes on until the
   * time is up.
   * @returns whether all is gone
   */
  eraseStack(stackId: string, isTimeUp?: () => boolean): Promise<boolean>
}

export interface EventPosition {
  readonly stackId: string
  readonly deploymentId: string
  readonly attempt: number
  readonly first: number
}

/** A second's work for a table, which takes some thousand small writes of one stack in that time. */
const erasedAtOnce = 1000

const keyOf = (stackId: string) => `STACK#${stackId}`
const attemptText = (attempt: number) => String(attempt).padStart(5, '0')
const prefixOf = (deploymentId?: string) => (deploymentId ? `EVENT#${deploymentId}#` : 'EVENT#')

/** @param maxCharacters that a message is kept with, whatever the runner sends */
export function openEventStore(table: Table = openTable(), maxCharacters = maxMessageLength): EventStore {
  return {
    append: async ({ stackId, deploymentId, attempt, first }, events) => {
      const items = events.map((event, at) => {
        const sequence = `${attemptText(attempt)}-${String(first + at).padStart(8, '0')}`
        const message = boundedMessage(event.message, maxCharacters)
        return { ...event, message, pk: keyOf(stackId), sk: `${prefixOf(deploymentId)}${sequence}`, deploymentId }
      })
      await table.batch({ put: items })
    },
    list: async ({ stackId, deploymentId, pageSize }, after) => {
      const page = await table.query({
        condition: {
          text: 'pk = :pk AND begins_with(sk, :prefix)',
          values: { ':pk': keyOf(stackId), ':prefix': prefixOf(deploymentId) },
        },
        newestFirst: true,
        ...(pageSize ? { limit: pageSize } : {}),
        ...(after ? { after } : {}),
      })
      const events = page.items.map((item) => ({ entry: item as unknown as StoredEvent, marker: item.sk }))
      return { events, ...(page.next ? { next: page.next } : {}) }
    },
    operationsSince: (stackId, run) => operationsSince(table, stackId, run),
    eraseStack: async (stackId, isTimeUp = () => false) => {
      let from: Item | undefined
      do {
        const page = await table.query({
          condition: { text: 'pk = :pk', values: { ':pk': keyOf(stackId) } },
          attributes: ['pk', 'sk'],
          limit: erasedAtOnce,
          ...(from ? { after: from } : {}),
        })
        await table.batch({ delete: page.items.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })) })
        from = page.next
      } while (from && !isTimeUp())
      return from === undefined
    },
  }
}

async function* operationsSince(
  table: Table,
  stackId: string,
  { deploymentId, attempt }: RunRef,
): AsyncGenerator<PastOperation> {
  const values = { ':pk': keyOf(stackId), ':from': `${prefixOf(deploymentId)}${attemptText(attempt)}` }
  let after: Item | undefined
  do {
    const page = await table.query({
      condition: { text: 'pk = :pk AND sk > :from', values },
      attributes: ['sk', 'deploymentId', 'type', 'resource'],
      ...(after ? { after } : {}),
    })
    for (const item of page.items) {
      // Behind the events come the stack's plans.
      if (!String(item.sk).startsWith(prefixOf())) return
      if (item.resource) yield pastOperation(item)
    }
    after = page.next
  } while (after)
}

function pastOperation(item: Item): PastOperation {
  const { sk, deploymentId, type, resource } = item as unknown as StoredEvent & { sk: string; resource: EventResource }
  const attempt = Number.parseInt(sk.slice(prefixOf(deploymentId).length), 10)
  return { type, resource, run: { deploymentId, attempt } }
}

/** Whether a list of events can go on after a value. The table refuses the key of another deployment than the one asked for. */
export function isEventKey(deploymentId?: string): (value: unknown) => value is string {
  return (value): value is string => typeof value === 'string' && value.startsWith(prefixOf(deploymentId))
}

/** Every event of a stack or of one deployment, newest first; reads as far as it is consumed. */
export async function* walkEvents(
  store: EventStore,
  query: EventQuery,
  after?: string,
): AsyncGenerator<Listed<StoredEvent>> {
  let from: Item | undefined = after === undefined ? undefined : { pk: keyOf(query.stackId), sk: after }
  do {
    const page = await store.list(query, from)
    yield* page.events
    from = page.next
  } while (from)
}

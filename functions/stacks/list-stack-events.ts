import { RfsError } from '../../shared/contract/errors.ts'
import { ListStackEvents, type StackEvent } from '../../shared/contract/stack-reads.ts'
import { type EventFilter, parseEventFields, parseEventFilter, passes } from '../../shared/deployment/event-filter.ts'
import { isEventKey, openEventStore, type StoredEvent, walkEvents } from '../../shared/deployment/events.ts'
import { openDeploymentStore } from '../../shared/deployment/record.ts'
import { decodeMarker, type Listed, takePage } from '../../shared/http/paging.ts'
import { serve } from '../../shared/http/serve.ts'
import { loadStack } from '../../shared/stack/load.ts'
import { openStackStore } from '../../shared/stack/store.ts'
import { toEvent } from '../../shared/stack/views.ts'

function select(event: StackEvent, fields: ReadonlySet<string> | undefined): StackEvent {
  if (!fields) return event
  return Object.fromEntries(Object.entries(event).filter(([name]) => fields.has(name))) as StackEvent
}

async function* shown(
  source: AsyncIterable<Listed<StoredEvent>>,
  filter: EventFilter | undefined,
  fields: ReadonlySet<string> | undefined,
): AsyncGenerator<Listed<StackEvent>> {
  for await (const { entry, marker } of source) {
    const event = toEvent(entry)
    if (passes(filter, event)) yield { entry: select(event, fields), marker }
  }
}

const dependencies = { stacks: openStackStore, events: openEventStore, deployments: openDeploymentStore }

export const handler = serve(ListStackEvents, dependencies, async (deps, { path, query }) => {
  const filter = parseEventFilter(query.filter)
  const fields = parseEventFields(query.field)
  const after = decodeMarker(query.marker, isEventKey(query.deployment_id))
  const stack = await loadStack(deps.stacks, path, query.stack_id)
  const { deployment_id: deploymentId } = query
  if (
    deploymentId &&
    deploymentId !== stack.job?.deploymentId &&
    !(await deps.deployments.exists(stack.id, deploymentId))
  ) {
    throw new RfsError('DeploymentNotFound', `Stack ${stack.name} has no deployment ${deploymentId}.`)
  }
  const pageSize = filter || !query.limit ? undefined : query.limit + 1
  const source = walkEvents(deps.events, { stackId: stack.id, deploymentId, pageSize }, after)
  const { entries, page_info } = await takePage(shown(source, filter, fields), query)
  return { body: { stack_events: entries, ...(page_info ? { page_info } : {}) } }
})

import { ListStackResources } from '../../shared/contract/stack-reads.ts'
import { openEventStore, walkEvents } from '../../shared/deployment/events.ts'
import { viewInProgress } from '../../shared/deployment/resources.ts'
import { loadCurrentView, openViewStore } from '../../shared/deployment/view-store.ts'
import { takePageOf } from '../../shared/http/paging.ts'
import { serve } from '../../shared/http/serve.ts'
import { loadStack } from '../../shared/stack/load.ts'
import { openStackStore } from '../../shared/stack/store.ts'
import { toResource } from '../../shared/stack/views.ts'

const dependencies = { stacks: openStackStore, views: openViewStore, events: openEventStore }

export const handler = serve(ListStackResources, dependencies, async ({ stacks, views, events }, { path, query }) => {
  const load = () => loadStack(stacks, path, query.stack_id)
  const { stack, view } = await loadCurrentView(views, await load(), load)
  const job = stack.job
  const newestFirst = job ? walkEvents(events, { stackId: stack.id, deploymentId: job.deploymentId }) : []
  const soFar = await Array.fromAsync(newestFirst, (listed) => listed.entry)
  const resources = job ? viewInProgress(view, soFar.reverse()) : view.resources
  const { entries, page_info } = await takePageOf(resources, query)
  const brief = job !== undefined
  return {
    body: {
      stack_resources: entries.map((resource) => toResource(resource, brief)),
      ...(page_info ? { page_info } : {}),
    },
  }
})

import { ListStackResources } from '../../shared/contract/stack-reads.ts'
import { type EventStore, openEventStore } from '../../shared/deployment/events.ts'
import { followCourse, type ShownResource, type StackView, viewInProgress } from '../../shared/deployment/resources.ts'
import { loadCurrentView, openViewStore } from '../../shared/deployment/view-store.ts'
import { takePageOf } from '../../shared/http/paging.ts'
import { serve } from '../../shared/http/serve.ts'
import { loadStack } from '../../shared/stack/load.ts'
import type { StackRecord } from '../../shared/stack/record.ts'
import { openStackStore } from '../../shared/stack/store.ts'
import { toResource } from '../../shared/stack/views.ts'

/** As the last run left them and the events since tell: there may be many more events than resources. */
async function shownNow(events: EventStore, stack: StackRecord, view: StackView): Promise<readonly ShownResource[]> {
  if (!stack.job) return view.resources
  const { deploymentId, viewedAttempt = 0 } = stack.job
  const course = followCourse()
  const notViewed = { deploymentId, attempt: viewedAttempt + 1 }
  for await (const operation of events.operationsSince(stack.id, notViewed)) course.add(operation)
  return viewInProgress(view, course.events())
}

const dependencies = { stacks: openStackStore, views: openViewStore, events: openEventStore }

export const handler = serve(ListStackResources, dependencies, async ({ stacks, views, events }, { path, query }) => {
  const load = () => loadStack(stacks, path, query.stack_id)
  const { stack, view } = await loadCurrentView(views, await load(), load)
  const { entries, page_info } = await takePageOf(await shownNow(events, stack, view), query)
  const brief = stack.job !== undefined
  return {
    body: {
      stack_resources: entries.map((resource) => toResource(resource, brief)),
      ...(page_info ? { page_info } : {}),
    },
  }
})

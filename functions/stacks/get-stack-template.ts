import { RfsError } from '../../shared/contract/errors.ts'
import { GetStackTemplate } from '../../shared/contract/stack-reads.ts'
import { openSnapshotStore } from '../../shared/deployment/snapshots.ts'
import { refuseLinkRestrictions } from '../../shared/http/link-restrictions.ts'
import { serve } from '../../shared/http/serve.ts'
import { isInFlight } from '../../shared/stack/lifecycle.ts'
import { loadStack } from '../../shared/stack/load.ts'
import type { StackRecord } from '../../shared/stack/record.ts'
import { openStackStore } from '../../shared/stack/store.ts'

const linkSeconds = 300

/** While a job changes resources: the previous deployment's template; otherwise the latest one's `[GetStackTemplate]`. */
function shownSnapshot(stack: StackRecord) {
  const deploying = isInFlight(stack.status) && stack.status !== 'DELETION_IN_PROGRESS'
  return deploying ? stack.previous : stack.target
}

const dependencies = { stacks: openStackStore, snapshots: openSnapshotStore }

export const handler = serve(GetStackTemplate, dependencies, async ({ stacks, snapshots }, { path, query }) => {
  refuseLinkRestrictions(query)
  const stack = await loadStack(stacks, path, query.stack_id)
  const snapshot = shownSnapshot(stack)
  if (!snapshot) throw new RfsError('StackTemplateNotFound', 'No deployment of this stack has ended yet.')
  return { headers: { Location: await snapshots.linkToTemplate(snapshot, linkSeconds) } }
})

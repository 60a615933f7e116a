import { GetStackMetadata } from '../../shared/contract/stack-reads.ts'
import { openSnapshotStore } from '../../shared/deployment/snapshots.ts'
import { serve } from '../../shared/http/serve.ts'
import { loadStack } from '../../shared/stack/load.ts'
import { openStackStore } from '../../shared/stack/store.ts'
import { toMetadata } from '../../shared/stack/views.ts'

const dependencies = { stacks: openStackStore, snapshots: openSnapshotStore }

export const handler = serve(GetStackMetadata, dependencies, async ({ stacks, snapshots }, { path, query }) => {
  const stack = await loadStack(stacks, path, query.stack_id)
  return { body: toMetadata(stack, stack.target ? await snapshots.variables(stack.target) : {}) }
})

import { readReferenced } from '../../shared/aws/blobs.ts'
import { GetStackMetadata } from '../../shared/contract/stack-reads.ts'
import { openSnapshotStore } from '../../shared/deployment/snapshots.ts'
import { serve } from '../../shared/http/serve.ts'
import { loadStack } from '../../shared/stack/load.ts'
import type { StackRecord } from '../../shared/stack/record.ts'
import { openStackStore } from '../../shared/stack/store.ts'
import { toMetadata } from '../../shared/stack/views.ts'

const dependencies = { stacks: openStackStore, snapshots: openSnapshotStore }

export const handler = serve(GetStackMetadata, dependencies, async ({ stacks, snapshots }, { path, query }) => {
  const load = () => loadStack(stacks, path, query.stack_id)
  const variablesOf = async ({ target }: StackRecord) => (target ? snapshots.variables(target) : {})
  const { entry: stack, read: variables } = await readReferenced(await load(), variablesOf, load)
  return { body: toMetadata(stack, variables) }
})

import { readReferenced } from '../../shared/aws/blobs.ts'
import { GetExecutionPlanMetadata } from '../../shared/contract/execution-plans.ts'
import { openSnapshotStore } from '../../shared/deployment/snapshots.ts'
import { serve } from '../../shared/http/serve.ts'
import { type LoadedPlan, loadPlan } from '../../shared/plan/load.ts'
import { statusOf } from '../../shared/plan/record.ts'
import { openPlanStore } from '../../shared/plan/store.ts'
import { toPlanMetadata } from '../../shared/plan/views.ts'
import { openStackStore } from '../../shared/stack/store.ts'

const dependencies = { stacks: openStackStore, plans: openPlanStore, snapshots: openSnapshotStore }

export const handler = serve(GetExecutionPlanMetadata, dependencies, async (deps, { path, query }) => {
  const load = () => loadPlan(deps, path, query)
  const variablesOf = async ({ plan }: LoadedPlan) => deps.snapshots.variables(plan.inputs)
  const { entry, read: variables } = await readReferenced(await load(), variablesOf, load)
  return { body: toPlanMetadata(entry.plan, statusOf(entry.plan, entry.stack), variables) }
})

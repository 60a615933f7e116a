import { GetExecutionPlanMetadata } from '../../shared/contract/execution-plans.ts'
import { openSnapshotStore } from '../../shared/deployment/snapshots.ts'
import { serve } from '../../shared/http/serve.ts'
import { loadPlan } from '../../shared/plan/load.ts'
import { statusOf } from '../../shared/plan/record.ts'
import { openPlanStore } from '../../shared/plan/store.ts'
import { toPlanMetadata } from '../../shared/plan/views.ts'
import { openStackStore } from '../../shared/stack/store.ts'

const dependencies = { stacks: openStackStore, plans: openPlanStore, snapshots: openSnapshotStore }

export const handler = serve(GetExecutionPlanMetadata, dependencies, async (deps, { path, query }) => {
  const { stack, plan } = await loadPlan(deps, path, query)
  return { body: toPlanMetadata(plan, statusOf(plan, stack), await deps.snapshots.variables(plan.inputs)) }
})

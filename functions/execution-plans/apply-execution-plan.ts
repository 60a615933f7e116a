import { readReferenced } from '../../shared/aws/blobs.ts'
import { systemClock } from '../../shared/aws/clock.ts'
import { RfsError } from '../../shared/contract/errors.ts'
import { ApplyExecutionPlan } from '../../shared/contract/execution-plans.ts'
import { openSnapshotStore, type SnapshotStore } from '../../shared/deployment/snapshots.ts'
import { earlierAnswer, submit } from '../../shared/deployment/submit.ts'
import { serve } from '../../shared/http/serve.ts'
import { openJobQueue } from '../../shared/job/queue.ts'
import { decideApply } from '../../shared/plan/lifecycle.ts'
import { loadPlan } from '../../shared/plan/load.ts'
import type { PlanRecord } from '../../shared/plan/record.ts'
import { openPlanStore } from '../../shared/plan/store.ts'
import { decide } from '../../shared/stack/lifecycle.ts'
import { openStackStore } from '../../shared/stack/store.ts'
import { refuseImportsWithRollback } from '../../shared/template/intake.ts'

const dependencies = {
  stacks: openStackStore,
  plans: openPlanStore,
  snapshots: openSnapshotStore,
  queue: openJobQueue,
  clock: systemClock,
}

const inputsOf =
  (snapshots: SnapshotStore) =>
  async ({ inputs, imports }: PlanRecord) => ({
    template: await snapshots.template(inputs),
    variables: await snapshots.variables(inputs),
    imports,
  })

export const handler = serve(ApplyExecutionPlan, dependencies, async (deps, { path, body, fingerprint }) => {
  const { snapshots, clock } = deps
  const { stack, plan } = await loadPlan(deps, path, body)
  const repeated = earlierAnswer(stack, fingerprint)
  if (repeated?.deploymentId) return { body: { deployment_id: repeated.deploymentId } }

  const stackDecision = decide(stack, 'applyPlan')
  if (!stackDecision.ok) throw new RfsError(stackDecision.error, stackDecision.detail)
  const planDecision = decideApply(plan, stack.generation)
  if (!planDecision.ok) throw new RfsError(planDecision.error, planDecision.detail)
  refuseImportsWithRollback(plan.imports, stack.enableAutoRollback)
  const { fileKey, stateKey } = plan
  if (!fileKey) throw new Error(`plan ${plan.id} is available without a saved plan`)

  const now = clock.now()
  const { deploymentId } = await submit(deps, {
    seen: stack,
    command: 'applyPlan',
    fingerprint,
    now,
    plan: {
      id: plan.id,
      name: plan.name,
      appliedAt: now.toISOString(),
      fileKey,
      ...(stateKey ? { madeFromStateKey: stateKey } : {}),
    },
    // Copies: the plan may be deleted later, and the stack goes on with its template.
    prepare: async (id) => {
      const reload = async () => (await loadPlan(deps, path, { ...body, execution_plan_id: plan.id })).plan
      const { read } = await readReferenced(plan, inputsOf(snapshots), reload)
      return snapshots.save(stack, id, read)
    },
    discard: (snapshot) => snapshots.discard(snapshot),
  })
  return { body: { deployment_id: deploymentId } }
})

import { v4 as uuid } from 'uuid'
import { systemClock } from '../../shared/aws/clock.ts'
import { readEnvironment } from '../../shared/aws/environment.ts'
import { RfsError } from '../../shared/contract/errors.ts'
import { CreateExecutionPlan } from '../../shared/contract/execution-plans.ts'
import { openSnapshotStore } from '../../shared/deployment/snapshots.ts'
import { serve } from '../../shared/http/serve.ts'
import { openJobQueue } from '../../shared/job/queue.ts'
import { openPlanCreations } from '../../shared/plan/creations.ts'
import { openPlanQuota } from '../../shared/plan/quota.ts'
import type { PlanRecord } from '../../shared/plan/record.ts'
import { openPlanStore } from '../../shared/plan/store.ts'
import { handOverPlan, newPlanJob } from '../../shared/plan/submit.ts'
import { decide } from '../../shared/stack/lifecycle.ts'
import { loadStack } from '../../shared/stack/load.ts'
import { openStackStore } from '../../shared/stack/store.ts'
import { openTemplateIntake } from '../../shared/template/intake.ts'

const dependencies = {
  stacks: openStackStore,
  plans: openPlanStore,
  quota: openPlanQuota,
  creations: openPlanCreations,
  snapshots: openSnapshotStore,
  queue: openJobQueue,
  clock: systemClock,
  intake: openTemplateIntake,
  limits: () => readEnvironment('PLAN_QUOTA', 'PLANS_IN_CREATION'),
}

const answer = (plan: PlanRecord) => ({ body: { execution_plan_id: plan.id } })

/** A name is taken, unless the plan that has it was made by this very request and is still being made. */
function answerTaken(existing: PlanRecord, fingerprint: string) {
  if (existing.job && existing.fingerprint === fingerprint) return answer(existing)
  throw new RfsError('PlanNameTaken', `Choose another execution_plan_name, or delete the plan ${existing.name}.`)
}

export const handler = serve(CreateExecutionPlan, dependencies, async (deps, { path, body, fingerprint }) => {
  const { stacks, plans, quota, creations, snapshots, queue, clock, limits } = deps
  // Before the template: a request that is sent again has its first answer, also when its links have expired.
  const stack = await loadStack(stacks, path, body.stack_id)
  const existing = await plans.find(stack.id, body.execution_plan_name)
  if (existing) return answerTaken(existing, fingerprint)
  const input = await deps.intake.readInput(body, path.project_id)
  if (!input) throw new RfsError('TemplateMissing')
  const decision = decide(stack, 'createPlan')
  if (!decision.ok) throw new RfsError(decision.error, decision.detail)

  const now = clock.now()
  if (!(await quota.reserve(stack.id, limits.PLAN_QUOTA, now))) {
    throw new RfsError('TooManyPlans', `A stack may have ${limits.PLAN_QUOTA} execution plans; delete one first.`)
  }
  const id = uuid()
  const place = { stackId: stack.id, name: body.execution_plan_name, id }
  if (!(await creations.take(stack.project, place, limits.PLANS_IN_CREATION, now))) {
    await quota.release(stack.id, now)
    throw new RfsError('TooManyPlansInCreation')
  }
  const inputs = await snapshots.saveForPlan(stack, id, input)
  const created = await plans.create({
    project: stack.project,
    stackName: stack.name,
    stackId: stack.id,
    name: body.execution_plan_name,
    id,
    ...(body.description === undefined ? {} : { description: body.description }),
    status: 'CREATION_IN_PROGRESS',
    createdAt: now.toISOString(),
    version: 1,
    generation: stack.generation,
    inputs,
    imports: input.imports,
    job: newPlanJob(now),
    fingerprint,
  })
  if (created.outcome === 'committed') {
    await handOverPlan(queue, created.record)
    return answer(created.record)
  }
  await quota.release(stack.id, now)
  await creations.release(stack.project, place, now)
  await snapshots.discard(inputs)
  if (created.outcome === 'missing') throw new RfsError('StackBusy')
  return answerTaken(created.current, fingerprint)
})

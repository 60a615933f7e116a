import { v4 as uuid } from 'uuid'
import { requirePermission } from '../../shared/auth/policies.ts'
import { systemClock } from '../../shared/aws/clock.ts'
import { readEnvironment } from '../../shared/aws/environment.ts'
import { RfsError } from '../../shared/contract/errors.ts'
import { CreateStack } from '../../shared/contract/stacks.ts'
import { openSnapshotStore } from '../../shared/deployment/snapshots.ts'
import { earlierAnswer, handOver, newDeploymentId, newStackJob } from '../../shared/deployment/submit.ts'
import { serve } from '../../shared/http/serve.ts'
import { openJobQueue } from '../../shared/job/queue.ts'
import { openStackCreations } from '../../shared/stack/creations.ts'
import { openStackQuota } from '../../shared/stack/quota.ts'
import type { StackRecord } from '../../shared/stack/record.ts'
import { openStackStore } from '../../shared/stack/store.ts'
import { carriesTemplate, openTemplateIntake, refuseImportsWithRollback } from '../../shared/template/intake.ts'

const dependencies = {
  stacks: openStackStore,
  quota: openStackQuota,
  creations: openStackCreations,
  snapshots: openSnapshotStore,
  queue: openJobQueue,
  clock: systemClock,
  intake: openTemplateIntake,
  limits: () => readEnvironment('STACK_QUOTA', 'STACKS_IN_CREATION'),
}

function answer(stack: StackRecord) {
  return { body: { stack_id: stack.id, ...(stack.job ? { deployment_id: stack.job.deploymentId } : {}) } }
}

/** A name is taken, unless the stack that has it was made by this very request and is still at work. */
function answerTaken(existing: StackRecord, fingerprint: string) {
  if (earlierAnswer(existing, fingerprint)) return answer(existing)
  throw new RfsError('StackNameTaken', `Choose another stack_name, or deploy the existing stack ${existing.name}.`)
}

export const handler = serve(CreateStack, dependencies, async (deps, { path, body, fingerprint, caller }) => {
  const { stacks, quota, creations, snapshots, queue, clock, limits } = deps
  // With a template this is a deployment as well, and a policy may deny those.
  if (carriesTemplate(body)) requirePermission(caller, 'rf:stack:deployStack')
  // Before the template: a request that is sent again has its first answer, also when its links have expired.
  const existing = await stacks.find(path.project_id, body.stack_name)
  if (existing) return answerTaken(existing, fingerprint)
  const input = await deps.intake.readInput(body, path.project_id)
  refuseImportsWithRollback(input?.imports ?? false, body.enable_auto_rollback ?? false)

  const now = clock.now()
  if (!(await quota.reserve(path.project_id, limits.STACK_QUOTA, now))) {
    throw new RfsError('TooManyStacks', `A project may have ${limits.STACK_QUOTA} stacks; delete one first.`)
  }
  const owner = { project: path.project_id, id: uuid() }
  const place = { name: body.stack_name, id: owner.id }
  if (input && !(await creations.take(path.project_id, place, limits.STACKS_IN_CREATION, now))) {
    await quota.release(path.project_id, now)
    throw new RfsError('TooManyStacksInCreation')
  }
  const deploymentId = newDeploymentId(now)
  const target = input && (await snapshots.save(owner, deploymentId, input))
  const created = await stacks.create({
    ...owner,
    name: body.stack_name,
    ...(body.description === undefined ? {} : { description: body.description }),
    ...(body.agencies === undefined ? {} : { agencies: body.agencies }),
    enableDeletionProtection: body.enable_deletion_protection ?? false,
    enableAutoRollback: body.enable_auto_rollback ?? false,
    status: target ? 'DEPLOYMENT_IN_PROGRESS' : 'CREATION_COMPLETE',
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
    version: 1,
    generation: target ? 1 : 0,
    mayHaveResources: target !== undefined,
    ...(target
      ? { target, job: newStackJob('deploy', deploymentId, now), lastCommand: { fingerprint, deploymentId } }
      : {}),
  })
  if (created.outcome === 'committed') {
    if (target) await handOver(queue, created.record)
    return answer(created.record)
  }
  await quota.release(path.project_id, now)
  if (target) await creations.release(path.project_id, place, now)
  if (target) await snapshots.discard(target)
  if (created.outcome === 'missing') throw new RfsError('StackBusy')
  return answerTaken(created.current, fingerprint)
})

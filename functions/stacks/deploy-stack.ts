import { systemClock } from '../../shared/aws/clock.ts'
import { RfsError } from '../../shared/contract/errors.ts'
import { DeployStack } from '../../shared/contract/stacks.ts'
import { openSnapshotStore } from '../../shared/deployment/snapshots.ts'
import { earlierAnswer, submit } from '../../shared/deployment/submit.ts'
import { serve } from '../../shared/http/serve.ts'
import { openJobQueue } from '../../shared/job/queue.ts'
import { loadStack } from '../../shared/stack/load.ts'
import { openStackStore } from '../../shared/stack/store.ts'
import { openTemplateIntake, refuseImportsWithRollback } from '../../shared/template/intake.ts'

const dependencies = {
  stacks: openStackStore,
  snapshots: openSnapshotStore,
  queue: openJobQueue,
  clock: systemClock,
  intake: openTemplateIntake,
}

export const handler = serve(DeployStack, dependencies, async (deps, { path, body, fingerprint }) => {
  // Before the template: a request that is sent again has its first answer, also when its links have expired.
  const seen = await loadStack(deps.stacks, path, body.stack_id)
  const repeated = earlierAnswer(seen, fingerprint)
  if (repeated?.deploymentId) return { body: { deployment_id: repeated.deploymentId } }
  const input = await deps.intake.readInput(body, path.project_id)
  if (!input) throw new RfsError('TemplateMissing')
  refuseImportsWithRollback(input.imports, seen.enableAutoRollback)
  const { deploymentId } = await submit(deps, {
    seen,
    command: 'deploy',
    fingerprint,
    now: deps.clock.now(),
    prepare: (id) => deps.snapshots.save(seen, id, input),
    discard: (snapshot) => deps.snapshots.discard(snapshot),
  })
  return { body: { deployment_id: deploymentId } }
})

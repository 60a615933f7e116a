import { shownName } from '../../shared/auth/caller.ts'
import { openBlobs } from '../../shared/aws/blobs.ts'
import { systemClock } from '../../shared/aws/clock.ts'
import { singleHostId } from '../../shared/aws/environment.ts'
import { CancelStackDeployment } from '../../shared/contract/stacks.ts'
import { cancel } from '../../shared/deployment/cancel.ts'
import { openEventStore } from '../../shared/deployment/events.ts'
import { openDeploymentStore } from '../../shared/deployment/record.ts'
import { serve } from '../../shared/http/serve.ts'
import { openJobQueue } from '../../shared/job/queue.ts'
import { openPlanStore } from '../../shared/plan/store.ts'
import { loadStack } from '../../shared/stack/load.ts'
import { openStackStore } from '../../shared/stack/store.ts'

const dependencies = {
  stacks: openStackStore,
  plans: openPlanStore,
  events: openEventStore,
  deployments: openDeploymentStore,
  blobs: openBlobs,
  queue: openJobQueue,
  clock: systemClock,
  hostId: singleHostId,
}

export const handler = serve(CancelStackDeployment, dependencies, async (deps, { path, body, fingerprint, caller }) => {
  const seen = await loadStack(deps.stacks, path, body.stack_id)
  const { deploymentId } = await cancel(deps, {
    seen,
    by: shownName(caller),
    rollBack: body.roll_back ?? false,
    fingerprint,
    now: deps.clock.now(),
  })
  return { body: { deployment_id: deploymentId } }
})

/** A job on its way: a stack whose job waits, and a worker on a real table whose engine follows a script. */
import { randomBytes, randomUUID } from 'node:crypto'
import { openAgencySecrets } from '../../shared/agency/agency-secrets.ts'
import { localKeyService } from '../../shared/auth/secrets.ts'
import { createLog } from '../../shared/aws/log.ts'
import type { Table } from '../../shared/aws/table.ts'
import { openEventStore, walkEvents } from '../../shared/deployment/events.ts'
import type { WorkingStack } from '../../shared/deployment/outcome.ts'
import { openDeploymentStore } from '../../shared/deployment/record.ts'
import { openSnapshotStore } from '../../shared/deployment/snapshots.ts'
import { openViewStore } from '../../shared/deployment/view-store.ts'
import { type WorkDependencies, work } from '../../shared/deployment/work.ts'
import type { JobMessage } from '../../shared/job/queue.ts'
import { openPlanStore } from '../../shared/plan/store.ts'
import type { JobKind } from '../../shared/stack/lifecycle.ts'
import { openStackQuota } from '../../shared/stack/quota.ts'
import type { StackRecord } from '../../shared/stack/record.ts'
import { openStackStore } from '../../shared/stack/store.ts'
import { memoryBlobs, recordingQueue, type ScriptedRun, scriptedRunner, settableClock } from './fake-services.ts'
import { noon, queuedJob, workingStack } from './stack-records.ts'

const inStatus = {
  deploy: 'DEPLOYMENT_IN_PROGRESS',
  rollback: 'ROLLBACK_IN_PROGRESS',
  delete: 'DELETION_IN_PROGRESS',
  forget: 'DELETION_IN_PROGRESS',
} as const
/** The message that points at a stack's job. */
export const messageOf = ({ project, name, id, job }: WorkingStack): JobMessage => ({
  project,
  stackName: name,
  stackId: id,
  jobId: job.id,
})
/**
 * A stack whose job waits, its template in the bucket, and a worker whose engine follows the script.
 * @param given what is said of the stack; its job is a deployment that nobody has tried, unless `kind` and `attempt` differ
 */
export async function jobScene(
  table: Table,
  given: Partial<StackRecord> & { kind?: JobKind; attempt?: number },
  ...runs: ScriptedRun[]
) {
  const { kind = 'deploy', attempt = 0, ...fields } = given
  const blobs = memoryBlobs()
  const snapshots = openSnapshotStore(blobs)
  const bare = workingStack({ status: inStatus[kind], job: queuedJob({ kind, attempt }) })
  const input = (content: string) => ({
    template: { extension: 'tf' as const, content: Buffer.from(content) },
    variables: { body: 'n = 1' },
  })
  /** A template of an earlier deployment. */
  const save = (content: string) => snapshots.save(bare, randomUUID(), input(content))
  const target = await snapshots.save(bare, bare.job.deploymentId, input('locals { asked_for_last = 1 }'))
  const stack = { ...bare, target, ...fields } as WorkingStack
  const stacks = openStackStore(table)
  await stacks.create(stack)
  const keys = localKeyService(randomBytes(32).toString('base64'))
  const deps = {
    stacks,
    plans: openPlanStore(table),
    blobs,
    snapshots,
    quota: openStackQuota(table),
    events: openEventStore(table),
    deployments: openDeploymentStore(table),
    views: openViewStore(blobs),
    queue: recordingQueue(),
    runner: scriptedRunner(blobs, runs),
    secrets: { agencies: { secrets: openAgencySecrets(table, () => keys) }, variableKeys: () => keys },
    clock: settableClock(noon),
  } satisfies WorkDependencies
  const leaseUntil = () => new Date(deps.clock.now().getTime() + 900_000)
  return {
    ...deps,
    stack,
    save,
    /** One delivery of the message of the job as it is now, or of another one. */
    deliver: async (message?: JobMessage) => {
      const current = (await stacks.find(stack.project, stack.name)) ?? stack
      const stopAt = new Date(leaseUntil().getTime() - 30_000)
      await work(deps, createLog({}), message ?? messageOf(current as WorkingStack), {
        leaseUntil: leaseUntil(),
        stopAt,
      })
    },
    current: () => stacks.find(stack.project, stack.name),
    messages: async () => {
      const listed = await Array.fromAsync(walkEvents(deps.events, { stackId: stack.id }))
      return listed.map(({ entry }) => entry.message).reverse()
    },
  }
}

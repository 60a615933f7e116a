/** Records as the service keeps them, complete but for what a test says of them. */
import { randomUUID } from 'node:crypto'
import type { WorkingStack } from '../../shared/deployment/outcome.ts'
import type { Snapshot, StackJob, StackRecord } from '../../shared/stack/record.ts'

/** The hour in which every test that has no other wish happens. */
export const noon = new Date('2026-03-01T12:00:00.000Z')

/** The moment so many seconds after `noon`; before it for a negative number. */
export const secondsLater = (seconds: number) => new Date(noon.getTime() + seconds * 1000)

let stacks = 0

/** A stack of its own project, created at noon and never deployed. */
export function stackRecord(given: Partial<StackRecord> = {}): StackRecord {
  stacks += 1
  return {
    project: `project-${randomUUID()}`,
    name: `stack-${stacks}`,
    id: randomUUID(),
    enableDeletionProtection: false,
    enableAutoRollback: false,
    status: 'CREATION_COMPLETE',
    createdAt: noon.toISOString(),
    updatedAt: noon.toISOString(),
    version: 1,
    generation: 0,
    mayHaveResources: false,
    ...given,
  }
}

/** A deployment that was queued at noon and that nobody has claimed. */
export function queuedJob(given: Partial<StackJob> = {}): StackJob {
  return {
    id: randomUUID(),
    kind: 'deploy',
    deploymentId: randomUUID(),
    attempt: 0,
    queuedAt: noon.toISOString(),
    resends: 0,
    startBefore: secondsLater(6 * 3600).toISOString(),
    ...given,
  }
}

/** A stack whose deployment waits in the queue. */
export function workingStack(given: Partial<StackRecord> = {}): WorkingStack {
  return {
    ...stackRecord({ status: 'DEPLOYMENT_IN_PROGRESS', generation: 1, mayHaveResources: true }),
    job: queuedJob(),
    target: snapshot('asked-for'),
    ...given,
  } as WorkingStack
}

/** What a deployment of the given template would be kept as. */
export function snapshot(template: string, given: Partial<Snapshot> = {}): Snapshot {
  return { deploymentId: randomUUID(), templateKey: `templates/${template}/main.tf`, ...given }
}

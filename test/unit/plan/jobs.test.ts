/** Plans whose jobs were lost, waited too long or were given up, on a real DynamoDB-compatible server. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openEventStore } from '../../../shared/deployment/events.ts'
import { openDeploymentStore } from '../../../shared/deployment/record.ts'
import { sweep } from '../../../shared/deployment/sweep.ts'
import { openDueJobs } from '../../../shared/job/due-jobs.ts'
import { markApplied } from '../../../shared/plan/applied.ts'
import type { PlanRecord } from '../../../shared/plan/record.ts'
import { openPlanStore, type PlanStore } from '../../../shared/plan/store.ts'
import { newPlanJob } from '../../../shared/plan/submit.ts'
import { openLargeValues } from '../../../shared/software/large-values.ts'
import { openConfigSweep } from '../../../shared/software/sweep-config.ts'
import { openStackStore } from '../../../shared/stack/store.ts'
import { openVersionSweep } from '../../../shared/template-library/sweep-version.ts'
import { memoryBlobs, recordingQueue, settableClock } from '../../support/fake-services.ts'
import { type MemoryTable, startMemoryTable } from '../../support/memory-table.ts'
import { noon, secondsLater } from '../../support/stack-records.ts'

let memory: MemoryTable
let plans: PlanStore
let queue: ReturnType<typeof recordingQueue>
const clock = settableClock(noon)
let made = 0

beforeAll(async () => {
  memory = await startMemoryTable()
  plans = openPlanStore(memory.table)
})
afterAll(() => memory.stop())
beforeEach(() => {
  queue = recordingQueue()
})

async function waitingPlan(): Promise<PlanRecord> {
  made += 1
  const plan: PlanRecord = {
    project: 'project',
    stackName: 'stack',
    stackId: 'stack-id',
    name: `plan-${made}`,
    id: `plan-id-${made}`,
    status: 'CREATION_IN_PROGRESS',
    createdAt: noon.toISOString(),
    version: 1,
    generation: 1,
    inputs: { deploymentId: 'd', templateKey: 'projects/project/main.tf' },
    imports: false,
    job: newPlanJob(noon),
    fingerprint: 'f',
  }
  await plans.create(plan)
  return plan
}
const found = (plan: PlanRecord) => plans.find(plan.stackId, plan.name)

async function sweepAt(seconds: number) {
  clock.set(secondsLater(seconds))
  const { table } = memory
  return sweep({
    dueJobs: openDueJobs(table),
    stacks: openStackStore(table),
    plans,
    events: openEventStore(table),
    deployments: openDeploymentStore(table),
    configs: openConfigSweep(clock, table),
    templateVersions: openVersionSweep(clock, table, memoryBlobs()),
    largeValues: openLargeValues(table, memoryBlobs()),
    queue,
    clock,
  })
}

describe('a plan whose message was lost', () => {
  test('is sent again, to the group of the plan', async () => {
    const plan = await waitingPlan()
    expect(await sweepAt(30)).toMatchObject({ sent: 1, ended: 0 })
    expect(queue.sent).toMatchObject([{ message: { plan: { name: plan.name, id: plan.id }, jobId: plan.job?.id } }])
    expect((await found(plan))?.job).toMatchObject({ resends: 1 })
  })

  test('fails after an hour in the queue, with a message', async () => {
    const plan = await waitingPlan()
    const report = await sweepAt(3601)
    expect(report.failures).toEqual([])
    expect(await found(plan)).toMatchObject({
      status: 'CREATION_FAILED',
      statusMessage: expect.stringContaining('waited in the queue'),
    })
    expect((await found(plan))?.job).toBeUndefined()
  })
})

describe('marking a plan as applied', () => {
  const applied = (plan: PlanRecord) => ({ id: plan.id, name: plan.name, appliedAt: noon.toISOString(), fileKey: 'f' })

  test('is done once, and harmless when it is done again', async () => {
    const plan = await waitingPlan()
    await markApplied(plans, plan.stackId, applied(plan))
    const once = await found(plan)
    expect(once).toMatchObject({ status: 'APPLIED', appliedAt: noon.toISOString() })
    await markApplied(plans, plan.stackId, applied(plan))
    expect(await found(plan)).toEqual(once)
  })

  test('leaves a later plan of the same name alone, and does not mind one that is gone', async () => {
    const plan = await waitingPlan()
    await markApplied(plans, plan.stackId, { ...applied(plan), id: 'an earlier one' })
    expect(await found(plan)).toMatchObject({ status: 'CREATION_IN_PROGRESS' })
    await markApplied(plans, plan.stackId, { ...applied(plan), name: 'gone' })
    await markApplied(plans, plan.stackId, undefined)
  })
})

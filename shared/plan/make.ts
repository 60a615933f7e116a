/** The way of a plan's job: claim, have the engine plan, store what it says, commit. It changes nothing of the stack. */
import type { Blobs } from '../aws/blobs.ts'
import { BlobMissing } from '../aws/blobs.ts'
import type { Clock } from '../aws/clock.ts'
import { errorFields, type Log } from '../aws/log.ts'
import { RunnerBusy, type RunnerClient, RunnerDied } from '../aws/runner-client.ts'
import type { Deadlines } from '../deployment/deadlines.ts'
import type { JobSecrets } from '../deployment/job-secrets.ts'
import { linkSeconds } from '../deployment/run-engine.ts'
import { failedForInputs, runnerInputs } from '../deployment/runner-inputs.ts'
import { planPrefix, type SnapshotStore } from '../deployment/snapshots.ts'
import type { PlanItem, ResultLine } from '../engine/protocol.ts'
import { claimJob, commitClaimed, removeClaimed } from '../job/claim.ts'
import type { JobMessage, JobQueue } from '../job/queue.ts'
import { overdue, putOff, released } from '../job/record.ts'
import type { StackRecord } from '../stack/record.ts'
import type { StackStore } from '../stack/store.ts'
import type { PlanItemStore } from './items.ts'
import { failedPlan, findPlanJob, type WorkingPlan } from './plan-job.ts'
import type { PlanRecord } from './record.ts'
import type { PlanStore } from './store.ts'
import { handOverPlan } from './submit.ts'

export interface MakePlanDependencies {
  readonly stacks: StackStore
  readonly plans: PlanStore
  readonly items: PlanItemStore
  readonly snapshots: SnapshotStore
  readonly blobs: Blobs
  readonly runner: RunnerClient
  readonly secrets: JobSecrets
  readonly queue: JobQueue
  readonly clock: Clock
  /** See `singleHostId`. */
  readonly hostId?: string | undefined
}

type Made = Pick<PlanRecord, 'fileKey' | 'itemsKey' | 'stateKey' | 'counts'>
type PlanEnding = { readonly made: Made } | { readonly failure: string } | 'died' | 'busy' | 'unwanted'

/** A plan whose making killed the engine's host this often is given up. */
const mostDeaths = 3

function availablePlan(plan: WorkingPlan, made: Made): PlanRecord {
  const { job: _over, ...rest } = plan
  return { ...rest, ...made, status: 'AVAILABLE' }
}

async function runEngine(
  { runner, snapshots, secrets, blobs, clock }: MakePlanDependencies,
  plan: WorkingPlan,
  stack: StackRecord,
  fileKey: string,
  stopAt: Date,
): Promise<{ items: PlanItem[]; result: ResultLine }> {
  const expiresInSeconds = linkSeconds(stopAt, clock.now())
  const readUrl = stack.stateKey && (await blobs.linkToGet(stack.stateKey, expiresInSeconds))
  const inputs = await runnerInputs({ snapshots, secrets }, stack, plan.inputs, expiresInSeconds).catch((error) =>
    failedForInputs(error, stack),
  )
  if ('type' in inputs) return { items: [], result: inputs }
  const lines = runner.run({
    command: 'plan',
    ...inputs,
    state: readUrl ? { readUrl } : {},
    plan: { writeUrl: await blobs.linkToPut(fileKey, expiresInSeconds) },
    stopAtMs: stopAt.getTime(),
  })
  const items: PlanItem[] = []
  let result: ResultLine | undefined
  for await (const line of lines) {
    if (line.type === 'item') items.push(line.item)
    else if (line.type === 'result') result = line
  }
  if (!result) throw new Error('the runner client ended without a result')
  return { items, result }
}

async function make(deps: MakePlanDependencies, plan: WorkingPlan, stopAt: Date): Promise<PlanEnding> {
  const late = overdue(plan.job, deps.clock.now())
  if (late) return { failure: late }
  const stack = await deps.stacks.find(plan.project, plan.stackName)
  // Whoever erases a stack may have looked for its plans before this one was there.
  if (stack?.id !== plan.stackId || stack.status === 'DELETION_IN_PROGRESS') return 'unwanted'
  const folder = `${planPrefix({ project: plan.project, id: plan.stackId }, plan.id)}${plan.job.attempt}/`
  const fileKey = `${folder}plan.bin`
  const { items, result } = await runEngine(deps, plan, stack, fileKey, stopAt)
  if (result.outcome === 'interrupted') return { failure: 'Making the plan took longer than one run may take.' }
  if (result.outcome === 'failed' || !result.planned) {
    return { failure: result.message ?? 'The engine failed without saying why.' }
  }
  const itemsKey = `${folder}items.json`
  await deps.items.save(itemsKey, items)
  return {
    made: { fileKey, itemsKey, counts: result.planned, ...(stack.stateKey ? { stateKey: stack.stateKey } : {}) },
  }
}

/** The failures of a run that are outcomes, not reasons to deliver the job again. */
async function makeOrExplain(
  deps: MakePlanDependencies,
  log: Log,
  plan: WorkingPlan,
  stopAt: Date,
): Promise<PlanEnding> {
  try {
    return await make(deps, plan, stopAt)
  } catch (error) {
    log.warn('the plan was not made', errorFields(error))
    if (error instanceof BlobMissing)
      return { failure: 'The template of this plan is missing from the storage; plan again.' }
    if (error instanceof RunnerBusy) return 'busy'
    if (!(error instanceof RunnerDied && error.certain)) throw error
    if ((plan.job.deaths ?? 0) + 1 < mostDeaths) return 'died'
    return {
      failure: `The engine stopped unexpectedly ${mostDeaths} times; the template may need more memory or disk.`,
    }
  }
}

/** Makes a claimed plan and commits what became of it. @returns false when it was taken away, as nobody can want it any more */
async function perform(deps: MakePlanDependencies, log: Log, plan: WorkingPlan, stopAt: Date): Promise<boolean> {
  const { plans, clock, queue } = deps
  const ending = await makeOrExplain(deps, log, plan, stopAt)
  if (ending === 'unwanted') {
    await removeClaimed(plans, plan)
    log.info('the plan went with its stack')
    return false
  }
  if (ending === 'busy') {
    await commitClaimed(plans, plan, (current) => putOff(current, clock.now()))
    return true
  }
  if (ending === 'died') {
    const after = await commitClaimed(plans, plan, (current) => released(current, clock.now(), { died: true }))
    await handOverPlan(queue, after)
    return true
  }
  const after = await commitClaimed(plans, plan, (current) =>
    'made' in ending ? availablePlan(current, ending.made) : failedPlan(current, ending.failure),
  )
  log.info('plan ended', { status: after.status })
  return true
}

/** What was stored for a plan whose record went while it was being made; ids are never used again. */
async function eraseUnowned({ plans, blobs }: MakePlanDependencies, message: JobMessage): Promise<void> {
  const { project, stackId, plan } = message
  if (!plan || (await plans.find(stackId, plan.name))?.id === plan.id) return
  await blobs.delete(await blobs.list(planPrefix({ project, id: stackId }, plan.id)))
}

/**
 * Makes the plan that a message points at.
 * @throws ClaimLost when the job is over or somebody else's: acknowledge the message.
 * @throws Error anything else: leave the message, the job is delivered again.
 */
export async function makePlan(
  deps: MakePlanDependencies,
  log: Log,
  message: JobMessage,
  { leaseUntil, stopAt }: Deadlines,
): Promise<void> {
  const { plans, clock, hostId } = deps
  let kept = false
  try {
    const seen = await findPlanJob(plans, message)
    if (!seen) {
      log.info('the message points at a job that is over')
      return
    }
    const plan = await claimJob(plans, seen, { now: clock.now(), leaseUntil, hostId })
    log.info('plan claimed', { attempt: plan.job.attempt })
    kept = await perform(deps, log, plan, stopAt)
  } finally {
    if (!kept) await eraseUnowned(deps, message)
  }
}

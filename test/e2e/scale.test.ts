/**
 * Many stacks, resources and events: the handlers themselves, on real stores, with every call to these counted. What a
 * command asks of the stores must not depend on how much there is. `npm run scale` does the same with the full sizes.
 */
import { randomUUID } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openDependencies } from '../../functions/jobs/worker.ts'
import { openBlobs } from '../../shared/aws/blobs.ts'
import { createLog } from '../../shared/aws/log.ts'
import { openTable, type Table } from '../../shared/aws/table.ts'
import * as plans from '../../shared/contract/execution-plans.ts'
import * as reads from '../../shared/contract/stack-reads.ts'
import * as commands from '../../shared/contract/stacks.ts'
import { blobPrefix } from '../../shared/deployment/snapshots.ts'
import { work } from '../../shared/deployment/work.ts'
import type { RunnerLine } from '../../shared/engine/protocol.ts'
import type { StackRecord } from '../../shared/stack/record.ts'
import { openStackStore } from '../../shared/stack/store.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { becomeFunction, callDirectly, countingCalls } from '../support/direct-calls.ts'
import { jobScene } from '../support/job-scene.ts'
import { type LocalStores, startLocalStores } from '../support/local-stores.ts'
import { eventAt, type SeededStack, type Sizes, seedStack } from '../support/seeded-stack.ts'
import { queuedJob } from '../support/stack-records.ts'
import { many } from '../support/templates.ts'

const full = process.env.SCALE === 'full'
const little: Sizes = { otherStacks: 0, resources: 2, events: 10 }
const much: Sizes = full
  ? { otherStacks: 10_000, resources: 2_000, events: 100_000 }
  : { otherStacks: 2_000, resources: 300, events: 5_000 }
const patience = { timeout: full ? 900_000 : 60_000 }

const project = '0123456789abcdef0123456789abcdef'
const mostBytes = 6_000_000

/** What each operation asks of the stores, by what it is called on. */
type Counts = Record<string, readonly string[]>

let stores: LocalStores
let table: Table
let lot: SeededStack
const counts: { little: Counts; much: Counts } = { little: {}, much: {} }

/** Numbers for people; only with the full sizes. */
function report(what: string, numbers: object): void {
  if (full) console.log(`${what}: ${JSON.stringify(numbers)}`)
}

beforeAll(async () => {
  stores = await startLocalStores(inject('assembly'))
  becomeFunction(stores, project)
  table = openTable()
  const few = await seedStack(table, openBlobs(), project, { ...little, name: 'few' })
  counts.little = await countAll(few)
  const startedAt = Date.now()
  lot = await seedStack(table, openBlobs(), project, { ...much, name: 'lot' })
  report('seeded', { ...much, ms: Date.now() - startedAt })
  counts.much = await countAll(lot)
}, patience.timeout)
afterAll(() => stores?.stop())

/** Every operation once, each command on a copy of the stack: of another name and status, with the same past. */
async function countAll({ stack, plan, deploymentId }: SeededStack): Promise<Counts> {
  const found: Counts = {}
  const copy = async (given: Partial<StackRecord> = {}) => {
    const name = `copy-${randomUUID()}`
    await openStackStore(table).create({ ...stack, name, ...given })
    return { project_id: project, stack_name: name }
  }
  const count = async (what: string, ...[operation, given]: Parameters<typeof callDirectly>) => {
    const { status, body, calls } = await callDirectly(operation, given)
    expect(status, `${what}: ${JSON.stringify(body)}`).toBe(operation.success.status)
    found[what] = calls
  }
  const path = { project_id: project, stack_name: stack.name }
  const onPlan = { ...path, execution_plan_name: plan.name }
  const template_body = 'locals {}'
  const claim = { token: 'of somebody', leaseUntil: new Date(Date.now() + 900_000).toISOString() }
  const job = queuedJob({ deploymentId, attempt: 2, viewedAttempt: 1 })
  const runs = { status: 'DEPLOYMENT_IN_PROGRESS', job: { ...job, claim } } as const
  const waits = { ...runs, job: queuedJob({ attempt: 2 }) } as const

  await count('CreateStack', commands.CreateStack, {
    path: { project_id: project },
    body: { stack_name: randomName() },
  })
  await count('CreateStack with a template', commands.CreateStack, {
    path: { project_id: project },
    body: { stack_name: randomName(), template_body },
  })
  await count('DeployStack', commands.DeployStack, { path: await copy(), body: { template_body } })
  await count('ContinueDeployStack', commands.ContinueDeployStack, {
    path: await copy({ status: 'DEPLOYMENT_FAILED' }),
  })
  await count('ContinueRollbackStack', commands.ContinueRollbackStack, {
    path: await copy({ status: 'ROLLBACK_FAILED' }),
  })
  await count('CancelStackDeployment of one that waits', commands.CancelStackDeployment, { path: await copy(waits) })
  await count('CancelStackDeployment of one that runs', commands.CancelStackDeployment, { path: await copy(runs) })
  await count('UpdateStack', commands.UpdateStack, { path: await copy(), body: { description: 'another' } })
  await count('DeleteStack', commands.DeleteStack, { path: await copy() })
  await count('DeleteStackEnhanced', commands.DeleteStackEnhanced, { path: await copy() })
  await count('CreateExecutionPlan', plans.CreateExecutionPlan, {
    path,
    body: { execution_plan_name: randomName(), template_body },
  })
  await count('ApplyExecutionPlan', plans.ApplyExecutionPlan, {
    path: { ...(await copy()), execution_plan_name: plan.name },
  })
  const page = { limit: '10' }
  await count('ListStacks', reads.ListStacks, { path: { project_id: project }, query: page })
  await count('GetStackMetadata', reads.GetStackMetadata, { path })
  await count('GetStackTemplate', reads.GetStackTemplate, { path })
  await count('ListStackOutputs', reads.ListStackOutputs, { path })
  await count('ListStackResources', reads.ListStackResources, { path, query: page })
  await count('ListStackResources while one runs', reads.ListStackResources, { path: await copy(runs), query: page })
  await count('ListStackEvents', reads.ListStackEvents, { path, query: page })
  await count('ListStackEvents of one deployment', reads.ListStackEvents, {
    path,
    query: { ...page, deployment_id: deploymentId },
  })
  await count('ListExecutionPlans', plans.ListExecutionPlans, { path, query: page })
  await count('GetExecutionPlan', plans.GetExecutionPlan, { path: onPlan, query: page })
  await count('GetExecutionPlanMetadata', plans.GetExecutionPlanMetadata, { path: onPlan })
  return found
}

const randomName = () => `made-${randomUUID()}`

interface Walk {
  readonly entries: Record<string, unknown>[]
  readonly calls: readonly number[]
  readonly largestBytes: number
  readonly ms: number
}

/** All pages of a list. */
async function walk(
  operation: Parameters<typeof callDirectly>[0],
  path: Readonly<Record<string, string>>,
  field: string,
  query: Readonly<Record<string, string>> = {},
): Promise<Walk> {
  const entries: Record<string, unknown>[] = []
  const calls: number[] = []
  let largestBytes = 0
  let marker: string | undefined
  const startedAt = Date.now()
  do {
    const answer = await callDirectly(operation, { path, query: { ...query, ...(marker ? { marker } : {}) } })
    const body = answer.body as Record<string, unknown> & { page_info?: { next_marker?: string } }
    entries.push(...(body[field] as Record<string, unknown>[]))
    calls.push(answer.calls.length)
    largestBytes = Math.max(largestBytes, answer.bytes)
    marker = body.page_info?.next_marker
  } while (marker)
  const ms = Date.now() - startedAt
  report(`${operation.id} ${JSON.stringify(query)}`, {
    entries: entries.length,
    pages: calls.length,
    calls,
    largestBytes,
    ms,
  })
  return { entries, calls, largestBytes, ms }
}

describe('an operation', () => {
  test('asks the stores for as much as ever, however much there is', () => {
    report('calls', counts.much)
    expect(counts.much).toEqual(counts.little)
    for (const [name, calls] of Object.entries(counts.much)) expect(calls.length, name).toBeLessThanOrEqual(10)
  })
})

describe('a list', () => {
  const path = { project_id: project, stack_name: 'lot' }

  test('of stacks has each of them once, newest first, page by page or at once', patience, async () => {
    const { entries, calls } = await walk(reads.ListStacks, { project_id: project }, 'stacks', { limit: '1000' })
    const names = entries.map((entry) => entry.stack_name)
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThan(much.otherStacks)
    const times = entries.map((entry) => String(entry.create_time))
    expect(times).toEqual(times.toSorted().toReversed())
    // A page of the table holds a megabyte.
    expect(Math.max(...calls)).toBeLessThanOrEqual(3)
    const atOnce = await walk(reads.ListStacks, { project_id: project }, 'stacks')
    expect(atOnce.entries.map((entry) => entry.stack_name)).toEqual(names)
    expect(atOnce.largestBytes).toBeLessThan(mostBytes)
  })

  test('of events has all of them in order; a filter finds the few among the many', patience, async () => {
    const ofOne = { deployment_id: lot.deploymentId }
    const { entries, calls } = await walk(reads.ListStackEvents, path, 'stack_events', { ...ofOne, limit: '1000' })
    expect(entries).toHaveLength(much.events)
    const expected = Array.from({ length: much.events }, (_, at) => eventAt(at, much.resources).type)
    expect(entries.map((entry) => entry.event_type)).toEqual(expected.toReversed())
    expect(Math.max(...calls)).toBeLessThanOrEqual(3)
    const failures = await walk(reads.ListStackEvents, path, 'stack_events', { ...ofOne, filter: 'event_type==ERROR' })
    expect(failures.entries).toHaveLength(much.events / 500)
    const atOnce = await walk(reads.ListStackEvents, path, 'stack_events', ofOne)
    expect(atOnce.entries).toEqual(entries)
    expect(atOnce.largestBytes).toBeLessThan(mostBytes)
  })
})

describe('a stack of many resources', () => {
  const path = { project_id: project, stack_name: 'lot' }

  test('shows all of them, page by page or at once, and every item of its plan', patience, async () => {
    const keys = Array.from({ length: much.resources }, (_, at) => String(at))
    for (const query of [{ limit: '1000' }, {}] as Record<string, string>[]) {
      const shown = await walk(reads.ListStackResources, path, 'stack_resources', query)
      expect(shown.entries.map((entry) => entry.index_key)).toEqual(keys)
      expect(shown.largestBytes).toBeLessThan(mostBytes)
      const onPlan = { ...path, execution_plan_name: lot.plan.name }
      const items = await walk(plans.GetExecutionPlan, onPlan, 'execution_plan_items', query)
      expect(items.entries.map((entry) => entry.index)).toEqual(keys)
      expect(items.largestBytes).toBeLessThan(mostBytes)
    }
  })

  test(
    'is shown while its first deployment runs from its events, which are read once and not kept',
    patience,
    async () => {
      const { deploymentId, stack } = lot
      const claim = { token: 'of somebody', leaseUntil: new Date(Date.now() + 900_000).toISOString() }
      const { viewKey: _none, ...first } = stack
      await openStackStore(table).create({
        ...first,
        name: 'running',
        status: 'DEPLOYMENT_IN_PROGRESS',
        job: { ...queuedJob({ deploymentId, attempt: 1 }), claim },
      })
      const running = { ...path, stack_name: 'running' }
      const { entries } = await walk(reads.ListStackResources, running, 'stack_resources', { limit: '1000' })
      expect(entries).toHaveLength(much.resources)
      expect(entries.every((entry) => String(entry.resource_status).startsWith('UPDATE_'))).toBe(true)
    },
  )

  test('is deployed by a worker that holds its resources, and not its events', patience, async () => {
    function* lines(): Generator<RunnerLine> {
      for (let at = 0; at < much.events; at += 1) yield { type: 'event', event: eventAt(at, much.resources) }
    }
    const discarding: Table = { ...table, batch: async () => undefined }
    let heldBytes = 0
    const meanwhile = async () => {
      // What was gathered last is written first.
      await new Promise((resolve) => setTimeout(resolve, 400))
      heldBytes = heapBytes() - beforeBytes
    }
    const story = await jobScene(discarding, {}, { lines: lines(), meanwhile })
    const beforeBytes = heapBytes()
    await countingCalls(() => story.deliver())
    expect(await story.current()).toMatchObject({ status: 'DEPLOYMENT_COMPLETE' })
    report('held by the worker', { bytes: heldBytes, perResource: Math.round(heldBytes / much.resources) })
    expect(heldBytes).toBeLessThan(2_000_000 + 2_000 * much.resources)
  })
})

/** What is in use after everything else was collected. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

test('a stack with a long history is deleted over as many deliveries as it takes', patience, async () => {
  const deps = openDependencies()
  const { stack } = lot
  const find = () => deps.stacks.find(project, stack.name)
  const deleted = await callDirectly(commands.DeleteStack, { path: { project_id: project, stack_name: stack.name } })
  expect(deleted.status).toBe(202)
  let [deliveries, asked] = [0, 0]
  const startedAt = Date.now()
  for (let left = await find(); left?.job; left = await find()) {
    const message = { project, stackName: stack.name, stackId: stack.id, jobId: left.job.id }
    const now = Date.now()
    // With the time that there is at least, each delivery deletes a thousand.
    const deadlines = { leaseUntil: new Date(now + 60_000), stopAt: new Date(now + (full ? 5_000 : 0)) }
    const { calls } = await countingCalls(() => work(deps, createLog({}), message, deadlines))
    deliveries += 1
    asked += calls.length
  }
  report('deleted', { deliveries, calls: asked, ms: Date.now() - startedAt })
  expect(deliveries).toBeGreaterThan(1)
  const rest = await table.query({ condition: { text: 'pk = :pk', values: { ':pk': `STACK#${stack.id}` } } })
  expect(rest.items).toEqual([])
  expect(await deps.blobs.list(blobPrefix(stack))).toEqual([])
})

function makeForReal(): void {
  let cloud: TestCloud
  beforeAll(async () => {
    cloud = await startTestCloud()
  })
  afterAll(() => cloud?.stop())

  test('makes, shows and removes as many resources', patience, async () => {
    const since = (at: number) => Math.round((Date.now() - at) / 100) / 10
    const madeAt = Date.now()
    await cloud.create('huge', { template_body: many(much.resources) })
    expect(await cloud.settled('huge', patience.timeout)).toMatchObject({ status: 'DEPLOYMENT_COMPLETE' })
    const made = since(madeAt)
    expect(await cloud.resources('huge')).toHaveLength(much.resources)
    const events = (await cloud.events('huge')).length
    const removedAt = Date.now()
    await cloud.remove('huge')
    await cloud.gone('huge', patience.timeout)
    report('real engine', {
      resources: much.resources,
      events,
      madeInSeconds: made,
      removedInSeconds: since(removedAt),
    })
  })
}

// With the small sizes other tests do this.
if (full) describe('the real engine', makeForReal)

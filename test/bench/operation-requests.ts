/**
 * For every operation of the contract a request that does what it is for, on stacks that are written straight into the
 * stores. A command finds a stack of its own in the state that it needs, so that it can be asked for again and again.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Blobs } from '../../shared/aws/blobs.ts'
import type { Table } from '../../shared/aws/table.ts'
import { operations } from '../../shared/contract/index.ts'
import type { Operation } from '../../shared/contract/operation.ts'
import { openPriceBookStore } from '../../shared/plan/price-book.ts'
import { openPlanStore } from '../../shared/plan/store.ts'
import type { StackRecord } from '../../shared/stack/record.ts'
import { openStackStore } from '../../shared/stack/store.ts'
import type { GivenRequest } from '../support/proxy-event.ts'
import { type SeededStack, seedStack } from '../support/seeded-stack.ts'
import { queuedJob } from '../support/stack-records.ts'
import { type BenchCloud, projectId } from './bench-cloud.ts'
import { smallTemplate } from './command-scene.ts'
import { softwareNexts } from './software-requests.ts'
import { templateNexts } from './template-requests.ts'

/** Makes a request that was not sent yet. */
export type Next = () => Promise<GivenRequest> | GivenRequest

export interface Ask {
  /** By which the operation is told from others and from its own other ways. */
  readonly name: string
  readonly operation: Operation
  /** What the answer has. */
  readonly status: number
  readonly next: Next
}

/** Sizes of what is asked about. */
export const askedSizes = { otherStacks: 20, resources: 10, events: 100 } as const

/** It has a price for each of the engine's own resources. */
const examplePriceBook = readFileSync(new URL('../../examples/price-book.json', import.meta.url), 'utf8')

const templateBody = { template_body: smallTemplate }

interface Scene {
  readonly table: Table
  readonly seeded: SeededStack
}

/** The path of a new stack like the seeded one. */
async function copyOf({ table, seeded }: Scene, given: Partial<StackRecord> = {}) {
  const name = `copy-${randomUUID()}`
  await openStackStore(table).create({ ...seeded.stack, name, ...given })
  return { project_id: projectId, stack_name: name }
}

/** Its worker is at work. */
function runningNow({ seeded }: Scene): Partial<StackRecord> {
  const claim = { token: 'of somebody', leaseUntil: new Date(Date.now() + 900_000).toISOString() }
  const job = queuedJob({ deploymentId: seeded.deploymentId, attempt: 1, claim })
  return { status: 'DEPLOYMENT_IN_PROGRESS', job }
}

function stackNexts(scene: Scene): Record<string, Next> {
  const path = { project_id: projectId, stack_name: scene.seeded.stack.name }
  const onCopy = (given?: Partial<StackRecord>, body?: object): Next => {
    return async () => ({ path: await copyOf(scene, given), ...(body ? { body } : {}) })
  }
  const create = (body: object): Next => {
    return () => ({ path: { project_id: projectId }, body: { stack_name: `made-${randomUUID()}`, ...body } })
  }
  return {
    CreateStack: create({}),
    'CreateStack with a template': create(templateBody),
    DeployStack: onCopy({}, templateBody),
    ContinueDeployStack: onCopy({ status: 'DEPLOYMENT_FAILED' }),
    ContinueRollbackStack: onCopy({ status: 'ROLLBACK_FAILED' }),
    CancelStackDeployment: async () => ({ path: await copyOf(scene, runningNow(scene)) }),
    UpdateStack: onCopy({}, { description: 'another' }),
    DeleteStack: onCopy(),
    DeleteStackEnhanced: onCopy({}, { retain_all_resources: true }),
    ListStacks: () => ({ path: { project_id: projectId }, query: { limit: '20' } }),
    GetStackMetadata: () => ({ path }),
    GetStackTemplate: () => ({ path }),
    ListStackEvents: () => ({ path, query: { limit: '100' } }),
    ListStackResources: () => ({ path }),
    ListStackOutputs: () => ({ path }),
  }
}

function planNexts(scene: Scene): Record<string, Next> {
  const { table, seeded } = scene
  const path = { project_id: projectId, stack_name: seeded.stack.name }
  const onPlan = { ...path, execution_plan_name: seeded.plan.name }
  const unwanted = async () => {
    const name = `unwanted-${randomUUID()}`
    await openPlanStore(table).create({ ...seeded.plan, name, id: randomUUID() })
    return { ...path, execution_plan_name: name }
  }
  return {
    CreateExecutionPlan: () => ({
      path,
      body: { execution_plan_name: `made-${randomUUID()}`, ...templateBody },
    }),
    ListExecutionPlans: () => ({ path, query: { limit: '20' } }),
    GetExecutionPlan: () => ({ path: onPlan }),
    GetExecutionPlanMetadata: () => ({ path: onPlan }),
    EstimateExecutionPlanPrice: () => ({ path: onPlan }),
    ApplyExecutionPlan: async () => ({ path: { ...(await copyOf(scene)), execution_plan_name: seeded.plan.name } }),
    DeleteExecutionPlan: async () => ({ path: await unwanted() }),
  }
}

function serviceNexts(): Record<string, Next> {
  const project = { project_id: projectId }
  return {
    GetOpenapi: () => ({}),
    ListVersions: () => ({}),
    ShowBuildInfo: () => ({ path: project }),
    AnswerOtherVerbs: () => ({ path: project }),
    AnswerUnknownPath: () => ({ path: { ...project, unknown_path: 'nothing' } }),
  }
}

const otherStatus: Readonly<Record<string, number>> = { 'getServerMetadata unchanged': 304 }

function askOf(name: string, next: Next): Ask {
  const operation = operations.find(({ operationId }) => operationId === name.split(' ')[0])
  if (!operation) throw new Error(`the contract has no operation ${name}`)
  // The gateway hands over the verb that was sent.
  const method = operation.method === 'ANY' ? ('OPTIONS' as Operation['method']) : operation.method
  const path = operation.path.replace('+}', '}')
  return {
    name,
    operation: { ...operation, method, path },
    status: otherStatus[name] ?? operation.success.status,
    next,
  }
}

/** @throws Error when an operation of the contract has no request here */
export async function operationAsks(
  table: Table,
  blobs: Blobs,
  { client, baseUrl }: BenchCloud,
): Promise<readonly Ask[]> {
  const scene = { table, seeded: await seedStack(table, blobs, projectId, askedSizes) }
  await openPriceBookStore(table).set(examplePriceBook)
  const nexts = {
    ...stackNexts(scene),
    ...planNexts(scene),
    ...(await templateNexts(client)),
    ...(await softwareNexts(baseUrl)),
    ...serviceNexts(),
  }
  const asks = Object.entries(nexts).map(([name, next]) => askOf(name, next))
  const missing = operations.filter(({ id }) => !asks.some(({ operation }) => operation.id === id))
  if (missing.length > 0) throw new Error(`no request for ${missing.map(({ operationId }) => operationId).join(', ')}`)
  return asks
}

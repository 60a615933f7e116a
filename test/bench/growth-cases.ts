/**
 * What is asked at each size, on stacks written straight into the stores. All sizes are there at once, each in a project or
 * on a stack of its own, so that they can be asked in turns.
 */
import { randomUUID } from 'node:crypto'
import { withAccessKeys } from '../../infra/local/access-keys.ts'
import { localCredentials } from '../../infra/local/sdk-settings.ts'
import type { GivenAccessKey } from '../../shared/auth/access-keys.ts'
import * as plans from '../../shared/contract/execution-plans.ts'
import type { Operation } from '../../shared/contract/operation.ts'
import * as reads from '../../shared/contract/stack-reads.ts'
import * as commands from '../../shared/contract/stacks.ts'
import { openStackStore } from '../../shared/stack/store.ts'
import type { GivenRequest } from '../support/proxy-event.ts'
import { type SeededStack, type Sizes, seedStack } from '../support/seeded-stack.ts'
import type { BenchCloud } from './bench-cloud.ts'
import { smallTemplate } from './command-scene.ts'
import type { OpenStores } from './stores.ts'

type Declared = Pick<Operation, 'id' | 'operationId' | 'path' | 'method' | 'success'>

export interface GrowthCase {
  readonly operation: Declared
  readonly how: string
  /** The exponent that it should have. */
  readonly expected: 0 | 1
  next(at: Place): Promise<GivenRequest> | GivenRequest
}

/** Where there is so much of something. */
export interface Place {
  readonly size: number
  readonly key: GivenAccessKey
  readonly seeded: SeededStack
  readonly stores: OpenStores
}

/** What grows. */
export interface Dimension {
  readonly kind: 'stacks in a project' | 'events of a stack' | 'resources of a stack'
  readonly sizes: readonly number[]
  readonly cases: readonly GrowthCase[]
}

const few: Sizes = { otherStacks: 0, resources: 10, events: 10 }

function sizesOf(kind: Dimension['kind'], size: number): Sizes {
  if (kind === 'stacks in a project') return { ...few, otherStacks: size - 1 }
  return kind === 'events of a stack' ? { ...few, events: size } : { ...few, resources: size }
}

/** A project for each size of a dimension, with a caller of its own. */
export async function preparePlaces(
  { endpoints, tableName, secretsKey }: BenchCloud,
  stores: OpenStores,
  { kind, sizes }: Dimension,
): Promise<Place[]> {
  const places: Place[] = []
  for (const size of sizes) {
    const project = randomUUID().replaceAll('-', '')
    const key = { accessKey: `AK${project}`, secretKey: 'growth', project, role: 'full' } as const
    await withAccessKeys(
      { endpoint: endpoints.dynamodb, name: tableName, accessKeyId: localCredentials.accessKeyId },
      secretsKey,
      (keys) => keys.save(key, new Date()),
    )
    places.push({
      size,
      key,
      stores,
      seeded: await seedStack(stores.table, stores.blobs, project, sizesOf(kind, size)),
    })
  }
  return places
}

const projectOf = ({ key }: Place) => ({ project_id: key.project })
const pathOf = (place: Place) => ({ ...projectOf(place), stack_name: place.seeded.stack.name })

/** A stack like the one that is there, for a command that changes its status; with the same past. */
async function copyOf(place: Place) {
  const name = `copy-${randomUUID()}`
  await openStackStore(place.stores.table).create({ ...place.seeded.stack, name })
  return { ...projectOf(place), stack_name: name }
}

const metadata: GrowthCase = {
  operation: reads.GetStackMetadata,
  how: '',
  expected: 0,
  next: (place) => ({ path: pathOf(place) }),
}
const update: GrowthCase = {
  operation: commands.UpdateStack,
  how: '',
  expected: 0,
  next: (place) => ({ path: pathOf(place), body: { description: randomUUID() } }),
}
const redeploy: GrowthCase = {
  operation: commands.DeployStack,
  how: '',
  expected: 0,
  next: async (place) => ({ path: await copyOf(place), body: { template_body: smallTemplate } }),
}
const resources: GrowthCase = {
  operation: reads.ListStackResources,
  how: 'all',
  expected: 1,
  next: (place) => ({ path: pathOf(place) }),
}
const pageOf = (limit: number) => ({ limit: String(limit) })

export const stackCases: readonly GrowthCase[] = [
  {
    operation: commands.CreateStack,
    how: 'without a template',
    expected: 0,
    next: (place) => ({ path: projectOf(place), body: { stack_name: `new-${randomUUID()}` } }),
  },
  update,
  redeploy,
  metadata,
  {
    operation: reads.ListStacks,
    how: 'a page of 10',
    expected: 0,
    next: (place) => ({ path: projectOf(place), query: pageOf(10) }),
  },
  { operation: reads.ListStacks, how: 'all', expected: 1, next: (place) => ({ path: projectOf(place) }) },
]

export const eventCases: readonly GrowthCase[] = [
  {
    operation: reads.ListStackEvents,
    how: 'a page of 100',
    expected: 0,
    next: (place) => ({ path: pathOf(place), query: pageOf(100) }),
  },
  metadata,
  update,
  redeploy,
]

export const resourceCases: readonly GrowthCase[] = [
  resources,
  { ...resources, how: 'a page of 10', next: (place) => ({ path: pathOf(place), query: pageOf(10) }) },
  {
    operation: plans.GetExecutionPlan,
    how: 'all',
    expected: 1,
    next: (place) => ({ path: { ...pathOf(place), execution_plan_name: place.seeded.plan.name } }),
  },
  metadata,
  update,
  redeploy,
]

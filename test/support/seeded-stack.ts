/** Stacks with a past, written straight into the stores in the form in which the service itself would have left them. */
import { randomUUID } from 'node:crypto'
import type { Blobs } from '../../shared/aws/blobs.ts'
import type { Item, Table } from '../../shared/aws/table.ts'
import { openEventStore } from '../../shared/deployment/events.ts'
import { openDeploymentStore } from '../../shared/deployment/record.ts'
import type { ShownResource } from '../../shared/deployment/resources.ts'
import { blobPrefix, openSnapshotStore } from '../../shared/deployment/snapshots.ts'
import { newDeploymentId } from '../../shared/deployment/submit.ts'
import { openViewStore } from '../../shared/deployment/view-store.ts'
import type { EngineEvent, PlanItem } from '../../shared/engine/protocol.ts'
import { openPlanItemStore } from '../../shared/plan/items.ts'
import type { PlanRecord } from '../../shared/plan/record.ts'
import { openPlanStore } from '../../shared/plan/store.ts'
import type { StackRecord } from '../../shared/stack/record.ts'
import { openStackStore } from '../../shared/stack/store.ts'
import { noon, secondsLater, stackRecord } from './stack-records.ts'

export interface Sizes {
  readonly name?: string
  /** In the stack's project, itself not counted. */
  readonly otherStacks: number
  readonly resources: number
  readonly events: number
}

export interface SeededStack {
  readonly stack: StackRecord
  readonly plan: PlanRecord
  /** The deployment that has all the events. */
  readonly deploymentId: string
}

/** Writes without conditions and in batches what stores would put one by one. */
async function inBatches(table: Table, put: (capturing: Table) => Promise<void>): Promise<void> {
  const items: Item[] = []
  const capture = async (item: Item) => {
    items.push(item)
    return true
  }
  await put({ ...table, put: capture })
  await table.batch({ put: items })
}

const addressOf = (at: number) => ({ address: `a_b.many[${at}]`, type: 'a_b', name: 'many', key: String(at) })

const shown = (at: number): ShownResource => ({
  ...addressOf(at),
  id: randomUUID(),
  tainted: false,
  status: 'CREATION_COMPLETE',
  attributes: ['id', 'input', 'output'].map((key) => ({ key, value: `${key} of resource ${at}` })),
})

const planned = (at: number): PlanItem => ({
  ...addressOf(at),
  action: 'UPDATE',
  provider: 'registry.terraform.io/example/a',
  mode: 'RESOURCE',
  drifted: false,
  imported: false,
  attributes: ['input', 'output'].map((name) => ({ name, previous: `${name} ${at}`, target: `${name} ${at} anew` })),
})

/** Events as an engine tells them: each resource begins and ends, again and again; every 500th is an error. */
export function eventAt(at: number, resources: number): EngineEvent {
  const time = secondsLater(at / 100).toISOString()
  if (at % 500 === 499) return { time, type: 'ERROR', message: `Error number ${at}: the quota is used up.` }
  const type = at % 2 === 0 ? 'UPDATE_IN_PROGRESS' : 'UPDATE_COMPLETE'
  const resource = { ...addressOf(Math.floor(at / 2) % resources), idKey: 'id', idValue: randomUUID() }
  return { time, type, message: `${resource.address}: ${type} after some time [id=${resource.idValue}]`, resource }
}

export async function seedStacks(table: Table, project: string, count: number): Promise<void> {
  await inBatches(table, async (capturing) => {
    const stacks = openStackStore(capturing)
    for (let at = 0; at < count; at += 1) {
      const createdAt = secondsLater(at).toISOString()
      await stacks.create(stackRecord({ project, createdAt, description: `One of ${count} stacks. `.repeat(10) }))
    }
  })
}

/** So that the events that are made up are not all held at once. */
const eventsAtOnce = 2500

/** A stack that deployed, in a project with others, with resources, a plan, and one deployment's events. */
export async function seedStack(table: Table, blobs: Blobs, project: string, sizes: Sizes): Promise<SeededStack> {
  const deploymentId = newDeploymentId(noon)
  const owner = { project, id: randomUUID() }
  const input = {
    template: { extension: 'tf' as const, content: Buffer.from('locals {}') },
    variables: { body: 'n = 1' },
  }
  const target = await openSnapshotStore(blobs).save(owner, deploymentId, input)
  const viewKey = `${blobPrefix(owner)}views/${deploymentId}-1.json`
  const numbers = Array.from({ length: sizes.resources }, (_, at) => at)
  await openViewStore(blobs).save(viewKey, { resources: numbers.map(shown), outputs: [] })
  const stack = stackRecord({
    ...owner,
    name: sizes.name ?? 'seeded',
    status: 'DEPLOYMENT_COMPLETE',
    generation: 1,
    target,
    stable: target,
    viewKey,
    mayHaveResources: false,
  })
  await openStackStore(table).create(stack)
  const itemsKey = `${blobPrefix(owner)}plans/items.json`
  await openPlanItemStore(blobs).save(itemsKey, numbers.map(planned))
  const plan: PlanRecord = {
    project,
    stackName: stack.name,
    stackId: stack.id,
    name: 'plan',
    id: randomUUID(),
    status: 'AVAILABLE',
    createdAt: noon.toISOString(),
    version: 1,
    generation: 1,
    inputs: target,
    imports: false,
    fingerprint: 'seeded',
    fileKey: `${blobPrefix(owner)}plans/plan.bin`,
    itemsKey,
  }
  await openPlanStore(table).create(plan)
  await openDeploymentStore(table).begin(stack.id, { deploymentId, attempt: 1 }, 'deploy', noon)
  for (let first = 0; first < sizes.events; first += eventsAtOnce) {
    const length = Math.min(eventsAtOnce, sizes.events - first)
    const events = Array.from({ length }, (_, at) => eventAt(first + at, sizes.resources))
    await openEventStore(table).append({ stackId: stack.id, deploymentId, attempt: 1, first }, events)
  }
  await seedStacks(table, project, sizes.otherStacks)
  return { stack, plan, deploymentId }
}

/** The stacks on which commands are measured, each brought by real commands into the state that the command needs. */
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { marshall } from '@aws-sdk/util-dynamodb'
import type { StackStatus } from '../../shared/contract/enums.ts'
import { ListStackEvents } from '../../shared/contract/stack-reads.ts'
import { CreateStack, DeployStack } from '../../shared/contract/stacks.ts'
import { failsInPlan, unlessFile } from '../support/templates.ts'
import type { BareCalls, RawItem } from './bare-calls.ts'
import { type BenchCloud, listedProject, must, pathOf, projectId, waitForEnd } from './bench-cloud.ts'

export const listedStacks = 20

export const smallTemplate = 'resource "terraform_data" "only" {\n  input = "one"\n}\n'

export const shownTemplate = `
variable "greeting" {
  default = "Hello"
}
variable "size" {
  type    = number
  default = 3
}
resource "terraform_data" "many" {
  count = 10
  input = "\${var.greeting} \${count.index}"
}
output "greeting" {
  value = var.greeting
}
output "all" {
  value = terraform_data.many[*].output
}
output "secret" {
  value     = var.size
  sensitive = true
}
`

export interface SceneStack {
  readonly name: string
  readonly id: string
  /** The stack's item as it is at rest. */
  readonly settled: RawItem
  /** Copies of it beside the service's own, for `replaceItem`: at rest, and with a job. */
  readonly copy: RawItem
  readonly inFlight: RawItem
}

export interface Scene {
  readonly empty: SceneStack
  readonly deployed: SceneStack
  readonly failed: SceneStack
  readonly rollbackFailed: SceneStack
  readonly shown: SceneStack & {
    readonly keys: { readonly template: string; readonly variables: string; readonly view: string }
    readonly events: number
  }
}

const pauseMs = 20

/** As long as the attributes that a job adds to a stack's item. */
function jobAttributes(): RawItem {
  const now = new Date().toISOString()
  const [id, deploymentId] = [randomUUID(), randomUUID()]
  const job = { id, kind: 'deploy', deploymentId, attempt: 0, queuedAt: now, resends: 0, startBefore: now }
  return marshall({
    status: 'DEPLOYMENT_IN_PROGRESS',
    job,
    lastCommand: { fingerprint: `${id}${deploymentId}`.slice(0, 43), deploymentId },
    jobShard: 'BARE',
    jobDueAt: now,
  })
}

async function sceneStack(bare: BareCalls, name: string): Promise<SceneStack> {
  const settled = await bare.getStack(name)
  const id = settled?.id?.S
  if (!settled || !id) throw new Error(`the table has no stack ${name}`)
  return {
    name,
    id,
    settled,
    copy: await bare.prepareItem(settled),
    inFlight: await bare.prepareItem({ ...settled, ...jobAttributes() }),
  }
}

function blobKey(item: RawItem, ...path: readonly string[]): string {
  const value = path.reduce<AttributeTree | undefined>((at, step) => at?.M?.[step], { M: item as never })
  if (!value?.S) throw new Error(`the stack's item has no ${path.join('.')}`)
  return value.S
}

interface AttributeTree {
  readonly S?: string
  readonly M?: Record<string, AttributeTree>
}

/** The stacks of a project that has nothing else. */
export async function setListedStacks(listedClient: BenchCloud['listedClient']): Promise<void> {
  for (let at = 0; at < listedStacks; at += 1) {
    const body = { stack_name: `listed-${at}`, description: 'One of the stacks in the list.' }
    must(await listedClient.call(CreateStack, { path: { project_id: listedProject }, body }))
  }
}

/** @param folder where the file lies that makes a rollback fail */
export async function setScene({ client, listedClient }: BenchCloud, bare: BareCalls, folder: string): Promise<Scene> {
  const create = async (name: string, body: object, expected: StackStatus) => {
    must(await client.call(CreateStack, { path: { project_id: projectId }, body: { stack_name: name, ...body } }))
    await waitForEnd(client, name, expected, pauseMs)
    return sceneStack(bare, name)
  }
  const rollbackFailed = async () => {
    const [name, door] = ['rollback-failed', join(folder, 'door')]
    const first = { template_body: unlessFile(door), enable_auto_rollback: true }
    await create(name, first, 'DEPLOYMENT_COMPLETE')
    await writeFile(door, '')
    const path = pathOf(name)
    must(await client.call(DeployStack, { path, body: { template_body: unlessFile(door, 'second') } }))
    await waitForEnd(client, name, 'ROLLBACK_FAILED', pauseMs)
    return sceneStack(bare, name)
  }
  await setListedStacks(listedClient)
  const shownBody = { template_body: shownTemplate, vars_structure: [{ var_key: 'greeting', var_value: 'Good day' }] }
  const shown = await create('shown', shownBody, 'DEPLOYMENT_COMPLETE')
  const { stack_events: events } = must(await client.call(ListStackEvents, { path: pathOf('shown') }))
  return {
    empty: await create('empty', { description: 'Never deployed.' }, 'CREATION_COMPLETE'),
    deployed: await create('deployed', { template_body: smallTemplate }, 'DEPLOYMENT_COMPLETE'),
    failed: await create('failed', { template_body: failsInPlan }, 'DEPLOYMENT_FAILED'),
    rollbackFailed: await rollbackFailed(),
    shown: {
      ...shown,
      events: events.length,
      keys: {
        template: blobKey(shown.settled, 'target', 'templateKey'),
        variables: blobKey(shown.settled, 'target', 'variablesKey'),
        view: blobKey(shown.settled, 'viewKey'),
      },
    },
  }
}

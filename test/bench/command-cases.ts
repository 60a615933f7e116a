/**
 * What is measured of each operation: on a stack in which state, and the calls to table, bucket and queue that its function
 * makes, as functions/stacks/*.ts has them. Whoever changes the calls of a function changes them here, too.
 */
import { randomUUID } from 'node:crypto'
import { GetOpenapi } from '../../shared/contract/service.ts'
import * as reads from '../../shared/contract/stack-reads.ts'
import * as commands from '../../shared/contract/stacks.ts'
import type { BareCalls } from './bare-calls.ts'
import { type BenchCloud, listedProject, must, pathOf, projectId, waitForEnd } from './bench-cloud.ts'
import { type Scene, smallTemplate } from './command-scene.ts'

export interface CommandCase {
  readonly operation: string
  /** The bare calls in words; the longest way through the function that the state allows. */
  readonly calls: string
  /** The state, and what else a reader must know. */
  readonly measured: string
  /** Absent for a row that shows what the local runtime itself costs. */
  bare?(): Promise<unknown>
  /** Before each measured request; its time does not count. */
  before?(): Promise<unknown>
  ours(): Promise<unknown>
  /** A request to the same function that changes nothing; absent where `ours` may be repeated at will. */
  warm?(): Promise<unknown>
  /** After each: waits for the job that the request started. */
  after?(): Promise<unknown>
}

const pauseMs = 10
const noStack = 'no-such-stack'
/** The case whose time is the hop over gateway and function thread. */
export const hopName = 'gateway + function'

async function refused(call: Promise<{ readonly ok: boolean; readonly status: number }>): Promise<void> {
  const { ok, status } = await call
  if (ok) throw new Error(`a request that should be refused is answered ${status}`)
}

export function runtimeCases({ client, baseUrl }: BenchCloud): CommandCase[] {
  return [
    {
      operation: 'gateway alone',
      calls: 'none',
      measured: 'an unknown route: 404 without a function',
      ours: async () => {
        const response = await fetch(`${baseUrl}/nothing/is/here`)
        await response.arrayBuffer()
        if (response.status !== 404) throw new Error(`an unknown route is answered ${response.status}`)
      },
    },
    {
      operation: hopName,
      calls: 'none',
      measured: 'GetStackMetadata without credentials: 401 before anything else. This is the hop.',
      ours: async () => {
        const response = await fetch(`${baseUrl}/v1/${projectId}/stacks/any/metadata`)
        await response.arrayBuffer()
        if (response.status !== 401) throw new Error(`a request of nobody is answered ${response.status}`)
      },
    },
    {
      operation: 'and a signature',
      calls: 'none',
      measured: 'the same with a signature and a bad Client-Request-Id: 400 before any call',
      ours: () => refused(client.call(reads.GetStackMetadata, { path: pathOf('any'), requestId: 'bad' })),
    },
    {
      operation: 'GetOpenapi',
      calls: 'none',
      measured: 'the whole document',
      ours: async () => must(await client.call(GetOpenapi, { path: {} })),
    },
  ]
}

/** Operations that change one stack and start a job, whose own calls are the same for all of them. */
export function jobCases({ client }: BenchCloud, bare: BareCalls, scene: Scene): CommandCase[] {
  const { deployed, failed, rollbackFailed } = scene
  const command = async ({ name, inFlight, id }: Scene['failed']) => {
    await bare.countCommand()
    await bare.getStack(name)
    await bare.replaceItem(inFlight)
    await bare.sendMessage(id)
  }
  const calls = 'UpdateItem, GetItem, PutItem, SendMessage'
  return [
    {
      operation: 'DeployStack',
      calls: 'UpdateItem, GetItem, PutObject, PutItem, SendMessage',
      measured: 'a deployed stack of 1 resource, the same template again; its job is waited for outside',
      bare: async () => {
        await bare.countCommand()
        await bare.getStack(deployed.name)
        await bare.putBlob(`bare/${randomUUID()}/main.tf`, smallTemplate)
        await bare.replaceItem(deployed.inFlight)
        await bare.sendMessage(deployed.id)
      },
      ours: async () =>
        must(
          await client.call(commands.DeployStack, {
            path: pathOf(deployed.name),
            body: { template_body: smallTemplate },
          }),
        ),
      warm: () =>
        refused(client.call(commands.DeployStack, { path: pathOf(noStack), body: { template_body: smallTemplate } })),
      after: () => waitForEnd(client, deployed.name, 'DEPLOYMENT_COMPLETE', pauseMs),
    },
    {
      operation: 'ContinueDeployStack',
      calls,
      measured: 'a stack whose plan fails, and fails again outside',
      bare: () => command(failed),
      ours: async () => must(await client.call(commands.ContinueDeployStack, { path: pathOf(failed.name), body: {} })),
      warm: () => refused(client.call(commands.ContinueDeployStack, { path: pathOf(deployed.name), body: {} })),
      after: () => waitForEnd(client, failed.name, 'DEPLOYMENT_FAILED', pauseMs),
    },
    {
      operation: 'ContinueDeployStack 403',
      calls: 'UpdateItem, GetItem',
      measured: 'refused: the stack is healthy',
      bare: async () => {
        await bare.countCommand()
        await bare.getStack(deployed.name)
      },
      ours: () => refused(client.call(commands.ContinueDeployStack, { path: pathOf(deployed.name), body: {} })),
    },
    {
      operation: 'ContinueRollbackStack',
      calls,
      measured: 'a stack whose rollback fails, and fails again outside',
      bare: () => command(rollbackFailed),
      ours: async () =>
        must(await client.call(commands.ContinueRollbackStack, { path: pathOf(rollbackFailed.name), body: {} })),
      warm: () => refused(client.call(commands.ContinueRollbackStack, { path: pathOf(deployed.name), body: {} })),
      after: () => waitForEnd(client, rollbackFailed.name, 'ROLLBACK_FAILED', pauseMs),
    },
    ...deletionCases(client, bare, scene),
  ]
}

function deletionCases(client: BenchCloud['client'], bare: BareCalls, { empty }: Scene): CommandCase[] {
  const name = 'to-be-deleted'
  const deletion = {
    calls: 'UpdateItem, GetItem, PutItem, SendMessage',
    bare: async () => {
      await bare.countCommand()
      await bare.getStack(empty.name)
      await bare.replaceItem(empty.inFlight)
      await bare.sendMessage(empty.id)
    },
    before: async () =>
      must(await client.call(commands.CreateStack, { path: { project_id: projectId }, body: { stack_name: name } })),
    after: () => waitForEnd(client, name, 'gone', pauseMs),
  }
  return [
    {
      ...deletion,
      operation: 'DeleteStack',
      measured: 'an empty stack; its job, which needs no engine, is waited for outside',
      ours: async () => must(await client.call(commands.DeleteStack, { path: pathOf(name) })),
      warm: () => refused(client.call(commands.DeleteStack, { path: pathOf(noStack) })),
    },
    {
      ...deletion,
      operation: 'DeleteStackEnhanced',
      measured: 'an empty stack, retain_all_resources; as above',
      ours: async () =>
        must(
          await client.call(commands.DeleteStackEnhanced, {
            path: pathOf(name),
            body: { retain_all_resources: true },
          }),
        ),
      warm: () => refused(client.call(commands.DeleteStackEnhanced, { path: pathOf(noStack), body: {} })),
    },
  ]
}

export function creationCases({ client }: BenchCloud, bare: BareCalls, { empty, deployed }: Scene): CommandCase[] {
  let made = 0
  const path = { project_id: projectId }
  const create = async (body: { template_body?: string }) => {
    made += 1
    must(await client.call(commands.CreateStack, { path, body: { stack_name: `made-${made}`, ...body } }))
  }
  const nameTaken = (body: { template_body?: string }) =>
    refused(client.call(commands.CreateStack, { path, body: { stack_name: empty.name, ...body } }))
  return [
    {
      operation: 'CreateStack',
      calls: '2 UpdateItem, GetItem, PutItem',
      measured: 'without a template',
      bare: async () => {
        await bare.countCommand()
        await bare.getStack(noStack)
        await bare.takeQuota()
        await bare.createItem(empty.settled)
      },
      ours: () => create({}),
      warm: () => nameTaken({}),
    },
    {
      operation: 'CreateStack',
      calls: '3 UpdateItem, GetItem, PutObject, PutItem, SendMessage',
      measured: 'with a template of 1 resource; its job is waited for outside',
      bare: async () => {
        await bare.countCommand()
        await bare.getStack(noStack)
        await bare.takeQuota()
        await bare.takePlace()
        await bare.putBlob(`bare/${randomUUID()}/main.tf`, smallTemplate)
        await bare.createItem(deployed.inFlight)
        await bare.sendMessage(deployed.id)
      },
      ours: () => create({ template_body: smallTemplate }),
      warm: () => nameTaken({ template_body: smallTemplate }),
      after: () => waitForEnd(client, `made-${made}`, 'DEPLOYMENT_COMPLETE', pauseMs),
    },
    {
      operation: 'UpdateStack',
      calls: 'UpdateItem, GetItem, PutItem',
      measured: 'a new description',
      bare: async () => {
        await bare.countCommand()
        await bare.getStack(empty.name)
        await bare.replaceItem(empty.copy)
      },
      ours: async () => {
        const body = { description: randomUUID() }
        must(await client.call(commands.UpdateStack, { path: pathOf(empty.name), body }))
      },
    },
  ]
}

export function readCases({ client, listedClient }: BenchCloud, bare: BareCalls, scene: Scene): CommandCase[] {
  const { name, id, keys, events } = scene.shown
  const path = pathOf(name)
  const withBlob = (key: string) => async () => {
    await bare.getStack(name)
    return bare.getBlob(key)
  }
  const size = '10 resources, 3 outputs, variables'
  return [
    {
      operation: 'GetStackMetadata',
      calls: 'GetItem, GetObject',
      measured: `a stack with variables (${size})`,
      bare: withBlob(keys.variables),
      ours: async () => must(await client.call(reads.GetStackMetadata, { path })),
    },
    {
      operation: 'ListStacks',
      calls: 'Query',
      measured: '20 stacks',
      bare: () => bare.listStacks(listedProject),
      ours: async () => must(await listedClient.call(reads.ListStacks, { path: { project_id: listedProject } })),
    },
    {
      operation: 'ListStackEvents',
      calls: 'GetItem, Query',
      measured: `all ${events} events`,
      bare: async () => {
        await bare.getStack(name)
        return bare.listEvents(id)
      },
      ours: async () => must(await client.call(reads.ListStackEvents, { path })),
    },
    {
      operation: 'ListStackOutputs',
      calls: 'GetItem, GetObject',
      measured: size,
      bare: withBlob(keys.view),
      ours: async () => must(await client.call(reads.ListStackOutputs, { path })),
    },
    {
      operation: 'ListStackResources',
      calls: 'GetItem, GetObject',
      measured: size,
      bare: withBlob(keys.view),
      ours: async () => must(await client.call(reads.ListStackResources, { path })),
    },
    {
      operation: 'GetStackTemplate',
      calls: 'GetItem, signing a link',
      measured: '307 with the link; the link is not followed',
      bare: async () => {
        await bare.getStack(name)
        await bare.signLink(keys.template)
      },
      ours: async () => {
        const answer = await client.call(reads.GetStackTemplate, { path })
        if (answer.status !== 307) throw new Error(`the template is answered with ${answer.status}`)
      },
    },
  ]
}

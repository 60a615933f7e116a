/** What a user does with stacks, in words a test can read. Every answer is checked against its declaration. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import * as z from 'zod/mini'
import type { Answer, Call, Client } from '../../shared/contract/client.ts'
import type { StackStatus } from '../../shared/contract/enums.ts'
import type { Operation } from '../../shared/contract/operation.ts'
import * as reads from '../../shared/contract/stack-reads.ts'
import * as commands from '../../shared/contract/stacks.ts'

type AnyOperation = Pick<Operation, keyof Operation>

export const project = '0123456789abcdef0123456789abcdef'

function must<Body>(answer: Answer<Body>): Body {
  if (!answer.ok) throw new Error(`${answer.status} ${answer.error?.error_code}: ${answer.error?.error_msg}`)
  return answer.body
}

export function stackActions(client: Client) {
  /** Calls and checks the answer's form: success body by its schema, refusals by the error shape. */
  async function call<Declared extends AnyOperation>(operation: Declared, given: Call<Declared>) {
    const answer = await client.call(operation, given)
    expect(answer.headers.get('x-request-id')).toBeTruthy()
    if (!answer.ok) expect(answer.error).toEqual({ error_code: expect.any(String), error_msg: expect.any(String) })
    else if (operation.success.body)
      expect(z.safeParse(operation.success.body, answer.body).error?.issues).toBeUndefined()
    return answer
  }
  const path = (name: string) => ({ project_id: project, stack_name: name })

  const metadata = async (name: string) => must(await call(reads.GetStackMetadata, { path: path(name) }))

  /** Waits for a status that ends in COMPLETE or FAILED and returns the metadata. */
  async function settled(name: string, timeoutMs = 60_000) {
    const giveUpAt = Date.now() + timeoutMs
    for (;;) {
      const now = await metadata(name)
      if (!now.status.endsWith('_IN_PROGRESS')) return now
      if (Date.now() > giveUpAt) throw new Error(`stack ${name} is still ${now.status} after ${timeoutMs} ms`)
      await sleep(50)
    }
  }

  /** Waits until the stack is not returned any more. */
  async function gone(name: string, timeoutMs = 60_000) {
    const giveUpAt = Date.now() + timeoutMs
    for (;;) {
      const answer = await call(reads.GetStackMetadata, { path: path(name) })
      if (!answer.ok && answer.status === 404) return
      if (answer.ok && answer.body.status === 'DELETION_FAILED') throw new Error(answer.body.status_message)
      if (Date.now() > giveUpAt) throw new Error(`stack ${name} is still there after ${timeoutMs} ms`)
      await sleep(50)
    }
  }

  type CreateBody = NonNullable<Call<typeof commands.CreateStack>['body']>
  type DeployBody = NonNullable<Call<typeof commands.DeployStack>['body']>

  const create = (name: string, body: Omit<CreateBody, 'stack_name'> = {}, requestId?: string) =>
    call(commands.CreateStack, {
      path: { project_id: project },
      body: { stack_name: name, ...body },
      ...(requestId ? { requestId } : {}),
    })
  const deploy = (name: string, template: string, body: Omit<DeployBody, 'template_body'> = {}, requestId?: string) =>
    call(commands.DeployStack, {
      path: path(name),
      body: { template_body: template, ...body },
      ...(requestId ? { requestId } : {}),
    })

  return {
    call,
    must,
    path,
    metadata,
    settled,
    gone,
    create,
    deploy,
    continueDeploy: (name: string, requestId?: string) =>
      call(commands.ContinueDeployStack, { path: path(name), ...(requestId ? { requestId } : {}) }),
    continueRollback: (name: string) => call(commands.ContinueRollbackStack, { path: path(name) }),
    cancel: (name: string, body: NonNullable<Call<typeof commands.CancelStackDeployment>['body']> = {}) =>
      call(commands.CancelStackDeployment, { path: path(name), body }),
    update: (name: string, body: NonNullable<Call<typeof commands.UpdateStack>['body']>) =>
      call(commands.UpdateStack, { path: path(name), body }),
    remove: (name: string) => call(commands.DeleteStack, { path: path(name) }),
    removeEnhanced: (name: string, retain: boolean) =>
      call(commands.DeleteStackEnhanced, { path: path(name), body: { retain_all_resources: retain } }),
    events: async (name: string, query: Call<typeof reads.ListStackEvents>['query'] = {}) =>
      must(await call(reads.ListStackEvents, { path: path(name), query })).stack_events,
    resources: async (name: string) => must(await call(reads.ListStackResources, { path: path(name) })).stack_resources,
    outputs: async (name: string) => must(await call(reads.ListStackOutputs, { path: path(name) })).outputs,
    list: async () => must(await call(reads.ListStacks, { path: { project_id: project } })).stacks,
    template: (name: string) => call(reads.GetStackTemplate, { path: path(name) }),
    /** Creates with a template and waits for the end, which must be the expected one. */
    created: async (
      name: string,
      template: string,
      expected: StackStatus,
      body: Omit<CreateBody, 'stack_name'> = {},
    ) => {
      const ids = must(await create(name, { template_body: template, ...body }))
      const stack = await settled(name)
      expect(stack.status, stack.status_message).toBe(expected)
      return { ...ids, stack }
    },
    /** Deploys and waits for the end, which must be the expected one. */
    deployed: async (
      name: string,
      template: string,
      expected: StackStatus,
      body: Omit<DeployBody, 'template_body'> = {},
    ) => {
      const ids = must(await deploy(name, template, body))
      const stack = await settled(name)
      expect(stack.status, stack.status_message).toBe(expected)
      return { ...ids, stack }
    },
  }
}

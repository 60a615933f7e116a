/** What a user does with execution plans, in words a test can read. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Call } from '../../shared/contract/client.ts'
import * as plans from '../../shared/contract/execution-plans.ts'
import type { TestCloud } from './cloud.ts'
import { project } from './stack-actions.ts'

export function planActions(cloud: TestCloud) {
  const path = (stack: string, plan: string) => ({ project_id: project, stack_name: stack, execution_plan_name: plan })
  type Body = NonNullable<Call<typeof plans.CreateExecutionPlan>['body']>

  const create = (stack: string, plan: string, template: string, body: Partial<Body> = {}, requestId?: string) =>
    cloud.call(plans.CreateExecutionPlan, {
      path: cloud.path(stack),
      body: { execution_plan_name: plan, template_body: template, ...body },
      ...(requestId ? { requestId } : {}),
    })
  const metadata = async (stack: string, plan: string) =>
    cloud.must(await cloud.call(plans.GetExecutionPlanMetadata, { path: path(stack, plan) }))

  /** Waits until the plan is made, or could not be. */
  async function made(stack: string, plan: string, timeoutMs = 60_000) {
    const giveUpAt = Date.now() + timeoutMs
    for (;;) {
      const now = await metadata(stack, plan)
      if (now.status !== 'CREATION_IN_PROGRESS') return now
      if (Date.now() > giveUpAt) throw new Error(`plan ${plan} is still being made after ${timeoutMs} ms`)
      await sleep(50)
    }
  }

  return {
    create,
    metadata,
    made,
    path,
    /** Creates a plan and waits until it is available. */
    available: async (stack: string, plan: string, template: string, body: Partial<Body> = {}) => {
      cloud.must(await create(stack, plan, template, body))
      const done = await made(stack, plan)
      expect(done.status, done.status_message).toBe('AVAILABLE')
      return done
    },
    items: async (stack: string, plan: string) =>
      cloud.must(await cloud.call(plans.GetExecutionPlan, { path: path(stack, plan) })).execution_plan_items,
    apply: (stack: string, plan: string, body: Call<typeof plans.ApplyExecutionPlan>['body'] = {}) =>
      cloud.call(plans.ApplyExecutionPlan, { path: path(stack, plan), body }),
    remove: (stack: string, plan: string, query: Call<typeof plans.DeleteExecutionPlan>['query'] = {}) =>
      cloud.call(plans.DeleteExecutionPlan, { path: path(stack, plan), query }),
    list: async (stack: string) =>
      cloud.must(await cloud.call(plans.ListExecutionPlans, { path: cloud.path(stack) })).execution_plans,
  }
}

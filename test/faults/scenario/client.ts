/**
 * People at work on a stack: they create, deploy, plan, apply, continue, delete, mostly when it makes sense and sometimes
 * when it does not, and send a request again when they have no answer.
 */
import * as plans from '../../../shared/contract/execution-plans.ts'
import type { Operation } from '../../../shared/contract/operation.ts'
import * as reads from '../../../shared/contract/stack-reads.ts'
import * as stacks from '../../../shared/contract/stacks.ts'
import { type GivenRequest, projectId } from '../../support/proxy-event.ts'
import { pause } from '../simulation/actor.ts'
import type { Random } from '../simulation/random.ts'
import { type TemplateResource, templateText } from '../simulation/template.ts'
import type { Api, SentRequest } from './api.ts'

type Declared = Pick<Operation, keyof Operation>

const resourceNames = ['a', 'b', 'c', 'd', 'e', 'f']
const planNames = ['first', 'second', 'third']

function randomResource(random: Random, name: string): TemplateResource {
  return {
    // Always the same type for a name: a template that moves a name to another type is two resources.
    type: name < 'd' ? 'sim_thing' : 'sim_fixed',
    name,
    input: `v${random.below(3)}`,
    seconds: random.pick([1, 1, 5, 20, 60, 300]),
    failures: random.chance(0.15) ? random.between(1, 3) : 0,
    stuck: random.chance(0.1) ? 1 : 0,
  }
}

function randomTemplate(random: Random): string {
  const names = resourceNames.filter(() => random.chance(0.45))
  return templateText(names.map((name) => randomResource(random, name)))
}

export interface ClientForm {
  readonly api: Api
  readonly random: Random
  readonly stackName: string
  /** How many commands it sends. */
  readonly commands: number
  /** Whether it looks before it sends, or just sends. */
  readonly careful: boolean
}

interface Command {
  readonly operation: Declared
  readonly given: GivenRequest
}

function commandsOf({ stackName, random }: ClientForm) {
  const path = { project_id: projectId, stack_name: stackName }
  const template = () => ({
    template_body: randomTemplate(random),
    ...(random.chance(0.2) ? { vars_structure: [{ var_key: 'word', var_value: `w${random.below(9)}` }] } : {}),
  })
  const onPlan = () => ({ ...path, execution_plan_name: random.pick(planNames) })
  return {
    create: (): Command => ({
      operation: stacks.CreateStack,
      given: {
        path: { project_id: projectId },
        body: {
          stack_name: stackName,
          enable_auto_rollback: random.chance(0.4),
          ...(random.chance(0.85) ? template() : {}),
        },
      },
    }),
    deploy: (): Command => ({ operation: stacks.DeployStack, given: { path, body: template() } }),
    continueDeploy: (): Command => ({ operation: stacks.ContinueDeployStack, given: { path } }),
    continueRollback: (): Command => ({ operation: stacks.ContinueRollbackStack, given: { path } }),
    update: (): Command => ({
      operation: stacks.UpdateStack,
      given: { path, body: { description: `d${random.below(9)}`, enable_auto_rollback: random.chance(0.5) } },
    }),
    remove: (): Command => ({ operation: stacks.DeleteStack, given: { path } }),
    retain: (): Command => ({
      operation: stacks.DeleteStackEnhanced,
      given: { path, body: { retain_all_resources: true } },
    }),
    cancel: (): Command => ({
      operation: stacks.CancelStackDeployment,
      given: { path, body: { roll_back: random.chance(0.3) } },
    }),
    plan: (): Command => {
      const { execution_plan_name, ...stack } = onPlan()
      return {
        operation: plans.CreateExecutionPlan,
        given: { path: stack, body: { execution_plan_name, ...template() } },
      }
    },
    apply: (): Command => ({ operation: plans.ApplyExecutionPlan, given: { path: onPlan(), body: {} } }),
    removePlan: (): Command => ({ operation: plans.DeleteExecutionPlan, given: { path: onPlan() } }),
  }
}

type Commands = ReturnType<typeof commandsOf>
type CommandName = keyof Commands

/** What makes sense in a status, the more often the more it is wanted. */
function sensible(status: string | undefined): readonly CommandName[] {
  if (status === undefined) return ['create']
  const always = [
    'deploy',
    'deploy',
    'deploy',
    'plan',
    'plan',
    'plan',
    'apply',
    'update',
    'remove',
    'removePlan',
  ] as const
  if (status === 'DEPLOYMENT_FAILED') return [...always, ...Array(8).fill('continueDeploy')]
  if (status === 'ROLLBACK_FAILED') return [...always, ...Array(8).fill('continueRollback')]
  if (status === 'DELETION_FAILED') return ['remove', 'remove', 'retain', 'deploy']
  return [...always, 'deploy', 'retain']
}

/** Looks at everything that a stack shows. */
const looks = [
  reads.GetStackMetadata,
  reads.ListStackEvents,
  reads.ListStackResources,
  reads.ListStackOutputs,
  reads.GetStackTemplate,
] as const

function withRequestId(given: GivenRequest): GivenRequest {
  return { ...given, headers: { 'Client-Request-Id': crypto.randomUUID() } }
}

/** Sends a command, and again with the same id when there was no answer, or now and then for no reason. */
export async function sendStubbornly(api: Api, random: Random, { operation, given }: Command): Promise<SentRequest> {
  const request = withRequestId(given)
  let sent = await api.send(operation, request)
  for (let repeats = 0; repeats < 3; repeats += 1) {
    const unheard = sent.answer === undefined || sent.answer.status >= 500
    if (!unheard && !random.chance(0.15)) return sent
    await pause(random.below(20_000))
    sent = await api.send(operation, request)
  }
  return sent
}

/** The status, `undefined` when there is no such stack, `unknown` when there was no answer. */
async function lookAt({ api, random, stackName }: ClientForm): Promise<string | undefined> {
  const path = { project_id: projectId, stack_name: stackName }
  if (random.chance(0.3)) await api.send(random.pick(looks), withRequestId({ path }))
  const { answer } = await api.send(reads.GetStackMetadata, withRequestId({ path }))
  if (answer?.status === 404) return undefined
  return answer?.status === 200 ? String(answer.body.status) : 'unknown'
}

/** Waits, with a patience that ends, until nothing is in progress. */
async function untilSettled(form: ClientForm): Promise<string | undefined> {
  for (let looked = 0; ; looked += 1) {
    const status = await lookAt(form)
    const waiting = status === 'unknown' || status?.endsWith('_IN_PROGRESS')
    if (waiting && form.random.chance(0.05)) await sendStubbornly(form.api, form.random, commandsOf(form).cancel())
    if (!waiting || looked >= 6) return status
    await pause(form.random.between(5, 300) * 1000)
  }
}

/** A plan is made to be applied: mostly that comes next, at times after something that expires it. */
async function applyPlan(form: ClientForm, all: Commands, planName: string): Promise<void> {
  const { api, random, stackName } = form
  await pause(random.pick([1000, 30_000, 200_000]))
  if (random.chance(0.25)) await sendStubbornly(api, random, random.chance(0.7) ? all.deploy() : all.removePlan())
  await untilSettled(form)
  const path = { project_id: projectId, stack_name: stackName, execution_plan_name: planName }
  await sendStubbornly(api, random, { operation: plans.ApplyExecutionPlan, given: { path, body: {} } })
}

export async function beClient(form: ClientForm): Promise<void> {
  const { api, random, commands, careful } = form
  const all = commandsOf(form)
  for (let sent = 0; sent < commands; sent += 1) {
    await pause(random.pick([0, 0, 1000, 30_000, 200_000]))
    const status = careful ? await untilSettled(form) : 'unknown'
    const anything = random.chance(0.1) || !careful
    const name = random.pick(anything ? (Object.keys(all) as CommandName[]) : sensible(status))
    const { given } = await sendStubbornly(api, random, all[name]())
    const planName = (given.body as { execution_plan_name?: string } | undefined)?.execution_plan_name
    if (planName !== undefined && random.chance(0.7)) await applyPlan(form, all, planName)
  }
}

/** Deletes a stack, with patience for resources that cannot be deleted at first. */
export async function removeStack(api: Api, project: string, stackName: string): Promise<void> {
  const path = { project_id: project, stack_name: stackName }
  for (let tries = 0; tries < 4; tries += 1) {
    const { answer } = await api.send(stacks.DeleteStack, withRequestId({ path }))
    if (answer?.status !== 202) return
    await pause(3600_000)
  }
}

/**
 * A walk through the life of a stack, over HTTP, on a local cloud of its own: deploy, plan, update, fail, continue, roll back,
 * delete. Everything it prints came out of the API. Exits 0 only if every step ended as it should.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs, styleText } from 'node:util'
import { synthesize } from '../infra/app.ts'
import { start } from '../infra/local/start.ts'
import { newKeyPair } from '../shared/auth/access-keys.ts'
import { signWith } from '../shared/auth/sign.ts'
import { type Answer, type Client, createClient } from '../shared/contract/client.ts'
import type { StackStatus } from '../shared/contract/enums.ts'
import {
  ApplyExecutionPlan,
  CreateExecutionPlan,
  type ExecutionPlanItem,
  GetExecutionPlan,
  GetExecutionPlanMetadata,
} from '../shared/contract/execution-plans.ts'
import {
  GetStackMetadata,
  ListStackEvents,
  ListStackOutputs,
  ListStackResources,
  type StackEvent,
} from '../shared/contract/stack-reads.ts'
import { ContinueDeployStack, CreateStack, DeleteStack, DeployStack, UpdateStack } from '../shared/contract/stacks.ts'

const path = { project_id: '0123456789abcdef0123456789abcdef', stack_name: 'hello' }

const help = `Usage: npm run demo

Starts the service on this machine, deploys examples/hello/main.tf as a stack over HTTP, and shows what happens.
Needs an engine on PATH (tofu or terraform, or RFS_ENGINE). Leaves nothing behind.`

function title(text: string): void {
  console.log(`\n${styleText(['bold', 'cyan'], `▌ ${text}`)}`)
}

function say(text: string): void {
  console.log(styleText('dim', `  ${text}`))
}

function must<Body>(answer: Answer<Body>): Body {
  if (!answer.ok) throw new Error(`${answer.status} ${answer.error.error_code}: ${answer.error.error_msg}`)
  return answer.body
}

const colours = { COMPLETE: 'green', PROGRESS: 'yellow', FAILED: 'red', ERROR: 'red', SUMMARY: 'magenta' } as const

function colourOf(word: string) {
  return colours[(word.split('_').at(-1) ?? '') as keyof typeof colours] ?? 'white'
}

function printEvent({ time, event_type, event_message = '' }: StackEvent): void {
  const [first = '', ...rest] = event_message.split('\n')
  console.log(
    `  ${styleText('dim', time?.slice(11, 19) ?? '')} ${styleText(colourOf(event_type), event_type.padEnd(20))} ${first}`,
  )
  for (const line of rest) console.log(`  ${' '.repeat(29)} ${styleText('dim', line)}`)
}

/** Prints the events of a deployment as they come, until the stack is in a final status, which must be the expected one. */
async function follow(client: Client, deploymentId: string, expected: StackStatus): Promise<void> {
  let printed = 0
  for (;;) {
    const stack = must(await client.call(GetStackMetadata, { path }))
    const query = { deployment_id: deploymentId }
    const events = must(await client.call(ListStackEvents, { path, query })).stack_events.reverse()
    for (const event of events.slice(printed)) printEvent(event)
    printed = events.length
    if (!stack.status.endsWith('_IN_PROGRESS')) {
      const message = stack.status_message ? `: ${stack.status_message}` : ''
      console.log(`  → ${styleText(['bold', colourOf(stack.status)], stack.status)}${message}`)
      if (stack.status !== expected) throw new Error(`the stack should be ${expected}`)
      return
    }
    await sleep(100)
  }
}

async function show(client: Client): Promise<void> {
  const { stack_resources } = must(await client.call(ListStackResources, { path }))
  const { outputs } = must(await client.call(ListStackOutputs, { path }))
  say('Resources')
  for (const each of stack_resources) {
    const key = each.index_key === undefined ? '' : `["${each.index_key}"]`
    const name = `${each.logical_resource_type}.${each.logical_resource_name}${key}`
    console.log(
      `    ${name.padEnd(42)} ${styleText(colourOf(each.resource_status), each.resource_status)}  ${each.physical_resource_id ?? ''}`,
    )
  }
  say('Outputs')
  for (const { name, value } of outputs) console.log(`    ${name.padEnd(12)} = ${value}`)
}

const signs = {
  ADD: ['+', 'green'],
  UPDATE: ['~', 'yellow'],
  DELETE: ['-', 'red'],
  ADD_THEN_DELETE: ['±', 'magenta'],
  DELETE_THEN_ADD: ['∓', 'magenta'],
  NO_OPERATION: [' ', 'dim'],
} as const

function printItem({
  action,
  resource_type,
  resource_name,
  index,
  action_reason,
  attributes,
}: ExecutionPlanItem): void {
  const [sign, colour] = signs[action]
  const name = `${resource_type}.${resource_name}${index === undefined ? '' : `["${index}"]`}`
  console.log(`    ${styleText(colour, `${sign} ${name}`)}  ${styleText('dim', action_reason ?? '')}`)
  for (const each of attributes) {
    const change = [each.previous_value, each.target_value].filter((value) => value !== undefined).join(' → ')
    console.log(`        ${each.name.padEnd(10)} ${change}`)
  }
}

/** Makes an execution plan and prints it as a diff. */
async function plan(client: Client, name: string, template: string, variables: string): Promise<void> {
  say(`POST .../execution-plans as "${name}"`)
  const body = { execution_plan_name: name, template_body: template, vars_body: variables }
  must(await client.call(CreateExecutionPlan, { path, body }))
  const planPath = { ...path, execution_plan_name: name }
  let metadata = must(await client.call(GetExecutionPlanMetadata, { path: planPath }))
  while (metadata.status === 'CREATION_IN_PROGRESS') {
    await sleep(100)
    metadata = must(await client.call(GetExecutionPlanMetadata, { path: planPath }))
  }
  if (metadata.status !== 'AVAILABLE') throw new Error(`the plan is ${metadata.status}: ${metadata.status_message}`)
  for (const item of must(await client.call(GetExecutionPlan, { path: planPath })).execution_plan_items ?? []) {
    printItem(item)
  }
  const { resource_add = 0, resource_update = 0, resource_delete = 0 } = metadata.summary ?? {}
  console.log(`  → ${resource_add} to add, ${resource_update} to update, ${resource_delete} to delete`)
}

async function deploy(client: Client, template: string, variables: string) {
  const body = { template_body: template, vars_body: variables }
  return must(await client.call(DeployStack, { path, body })).deployment_id
}

async function walk(client: Client): Promise<void> {
  const template = await readFile(new URL('./hello/main.tf', import.meta.url), 'utf8')

  title('1. A stack is created and deployed')
  say('POST /v1/{project_id}/stacks with examples/hello/main.tf')
  const { project_id, stack_name } = path
  const created = must(
    await client.call(CreateStack, { path: { project_id }, body: { stack_name, template_body: template } }),
  )
  await follow(client, created.deployment_id ?? '', 'DEPLOYMENT_COMPLETE')
  await show(client)

  title('2. An update is planned first: another greeting, one person more')
  const people = 'people = ["Ada", "Grace", "Edsger"]\n'
  await plan(client, 'morning', template, `greeting = "Good morning"\n${people}`)
  say('POST .../execution-plans/morning applies exactly that')
  const planPath = { ...path, execution_plan_name: 'morning' }
  const update = must(await client.call(ApplyExecutionPlan, { path: planPath, body: {} })).deployment_id
  await follow(client, update, 'DEPLOYMENT_COMPLETE')
  await show(client)

  title('3. A deployment fails: what it needs is not up yet')
  const readyAt = new Date(Date.now() + 4000)
  const waiting = `greeting = "Good evening"\n${people}ready_at = "${readyAt.toISOString()}"\n`
  await follow(client, await deploy(client, template, waiting), 'DEPLOYMENT_FAILED')

  title('4. Once it is up, the deployment is continued')
  await sleep(Math.max(0, readyAt.getTime() + 1000 - Date.now()))
  const continued = must(await client.call(ContinueDeployStack, { path, body: {} })).deployment_id
  await follow(client, continued, 'DEPLOYMENT_COMPLETE')

  title('5. With auto-rollback, a failure restores what was there before')
  must(await client.call(UpdateStack, { path, body: { enable_auto_rollback: true } }))
  const never = `greeting = "Good night"\n${people}ready_at = "2999-01-01T00:00:00Z"\n`
  await follow(client, await deploy(client, template, never), 'ROLLBACK_COMPLETE')
  await show(client)

  title('6. The stack is deleted with everything it made')
  must(await client.call(DeleteStack, { path }))
  while ((await client.call(GetStackMetadata, { path })).status !== 404) await sleep(100)
  console.log(`  → ${styleText(['bold', 'green'], 'gone')}`)
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } })
  if (values.help) {
    console.log(help)
    return
  }
  const startedAt = performance.now()
  const folder = await mkdtemp(join(tmpdir(), 'rfs-demo-'))
  try {
    title('0. The service starts on this machine')
    const key = newKeyPair()
    const cloud = await start({
      assembly: await synthesize(join(folder, 'cdk.out')),
      accessKeys: [{ ...key, project: path.project_id, role: 'full' }],
    })
    try {
      say(`it listens on ${cloud.baseUrl}; every request is signed with the access key ${key.accessKey}`)
      await walk(createClient(cloud.baseUrl, { sign: signWith(key) }))
    } finally {
      await cloud.stop()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`\n${styleText(['bold', 'green'], '✔')} Everything ended as it should, in ${seconds} s.`)
}

await main()

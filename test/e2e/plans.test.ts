import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DeleteObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sdkSettings } from '../../infra/local/sdk-settings.ts'
import {
  EstimateExecutionPlanPrice,
  GetExecutionPlan,
  GetExecutionPlanMetadata,
  ListExecutionPlans,
} from '../../shared/contract/execution-plans.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { planActions } from '../support/plan-actions.ts'
import { failsHalfway, failsInPlan, many } from '../support/templates.ts'

let cloud: TestCloud
let plans: ReturnType<typeof planActions>
let folder: string

beforeAll(async () => {
  cloud = await startTestCloud({ parameters: { PlanQuota: '12' } })
  plans = planActions(cloud)
  folder = mkdtempSync(join(tmpdir(), 'rfs-test-'))
})
afterAll(async () => {
  await cloud?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Every kind of change, against `before`. */
const before = `
variable "secret" {
  default   = "first-secret"
  sensitive = true
}
resource "terraform_data" "updated" {
  input = "old"
}
resource "terraform_data" "deleted" {
  input = "gone soon"
}
resource "terraform_data" "replaced" {
  triggers_replace = "old"
}
resource "terraform_data" "replaced_first_made" {
  triggers_replace = "old"
  lifecycle {
    create_before_destroy = true
  }
}
resource "terraform_data" "counted" {
  count = 2
  input = count.index
}
resource "terraform_data" "hidden" {
  input = var.secret
}
resource "terraform_data" "unchanged" {
  input = "same"
}
`
const after = `
variable "secret" {
  default   = "second-secret"
  sensitive = true
}
resource "terraform_data" "added" {
  input = { size = 3, from = terraform_data.updated.output }
}
resource "terraform_data" "updated" {
  input = "new"
}
resource "terraform_data" "replaced" {
  triggers_replace = "new"
}
resource "terraform_data" "replaced_first_made" {
  triggers_replace = "new"
  lifecycle {
    create_before_destroy = true
  }
}
resource "terraform_data" "counted" {
  count = 1
  input = count.index
}
resource "terraform_data" "named" {
  for_each = toset(["a", "b"])
  input    = each.key
}
resource "terraform_data" "hidden" {
  input = var.secret
}
resource "terraform_data" "unchanged" {
  input = "same"
}
`

/** The same with a module and a data source that can only be read while the plan is carried out. */
const afterWithMore = () => `${after}
module "inner" {
  source = "${join(folder, 'module')}"
}
data "terraform_remote_state" "elsewhere" {
  backend    = "local"
  config     = { path = "${join(folder, 'elsewhere.tfstate')}" }
  depends_on = [terraform_data.updated]
}
`

/** Ids that the engine makes differ from run to run. */
const masked = (value: unknown) =>
  JSON.parse(
    JSON.stringify(value)
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '(id)')
      .replaceAll(folder, '(folder)'),
  )

describe('a plan', () => {
  test('shows every change, item by item, and hides what is sensitive', async () => {
    mkdirSync(join(folder, 'module'))
    writeFileSync(join(folder, 'module', 'main.tf'), 'resource "terraform_data" "within" {\n  input = "a module"\n}')
    writeFileSync(
      join(folder, 'elsewhere.tfstate'),
      JSON.stringify({ version: 4, terraform_version: '1.0.0', serial: 1, lineage: 'x', outputs: {}, resources: [] }),
    )
    await cloud.created('changes', before, 'DEPLOYMENT_COMPLETE')
    const metadata = await plans.available('changes', 'all-kinds', afterWithMore(), { description: 'every kind' })
    expect(metadata).toMatchObject({
      description: 'every kind',
      summary: { resource_add: 6, resource_update: 2, resource_delete: 4 },
    })
    const items = (await plans.items('changes', 'all-kinds')) ?? []
    await expect(`${JSON.stringify(masked(items), null, 2)}\n`).toMatchFileSnapshot('golden/plan-items.json')
    for (const each of items) {
      expect(each).toMatchObject({ drifted: false, imported: false, provider_name: 'terraform.io/builtin/terraform' })
      expect(each.action_reason).toBeTruthy()
    }
    expect(JSON.stringify([items, metadata, cloud.logs])).not.toMatch(/first-secret|second-secret/)
  })

  test('is carried out exactly, and is then applied', async () => {
    const { deployment_id } = cloud.must(await plans.apply('changes', 'all-kinds'))
    expect((await plans.metadata('changes', 'all-kinds')).status).toMatch(/^APPL/)
    expect((await cloud.settled('changes')).status).toBe('DEPLOYMENT_COMPLETE')
    expect(await plans.metadata('changes', 'all-kinds')).toMatchObject({
      status: 'APPLIED',
      apply_time: expect.stringMatching(/Z$/),
      summary: { resource_add: 6 },
    })
    const names = (await cloud.resources('changes')).map(
      (each) => `${each.logical_resource_name}[${each.index_key ?? ''}]`,
    )
    expect(names.sort()).toEqual([
      'added[]',
      'counted[0]',
      'hidden[]',
      'named[a]',
      'named[b]',
      'replaced[]',
      'replaced_first_made[]',
      'unchanged[]',
      'updated[]',
      'within[]',
    ])
    expect(await cloud.events('changes', { deployment_id })).not.toEqual([])
    const link = (await cloud.template('changes')).headers.get('location') ?? ''
    expect(await (await fetch(link)).text()).toBe(afterWithMore())
  })

  test('can be applied once only', async () => {
    expect(await plans.apply('changes', 'all-kinds')).toMatchObject({
      status: 403,
      error: { error_code: 'RF.10012543' },
    })
  })

  test('does what was reviewed, not what a new one would say', async () => {
    const template =
      'resource "terraform_data" "at" {\n  input = plantimestamp()\n}\noutput "at" {\n  value = terraform_data.at.output\n}'
    cloud.must(await cloud.create('reviewed'))
    await plans.available('reviewed', 'first', template)
    const [item] = (await plans.items('reviewed', 'first')) ?? []
    const reviewed = item?.attributes.find((each) => each.name === 'input')?.target_value
    await sleep(1100)
    cloud.must(await plans.apply('reviewed', 'first'))
    const stack = await cloud.settled('reviewed')
    expect(stack.status, stack.status_message).toBe('DEPLOYMENT_COMPLETE')
    expect(await cloud.outputs('reviewed')).toMatchObject([{ name: 'at', value: JSON.stringify(reviewed) }])
  })

  test('returns its variables, and uses them when it is applied', async () => {
    cloud.must(await cloud.create('with-variables'))
    const template = 'variable "n" { type = number }\noutput "n" { value = var.n }'
    const vars_structure = [{ var_key: 'n', var_value: '7' }]
    const metadata = await plans.available('with-variables', 'seven', template, { vars_structure })
    expect(metadata.vars_structure).toEqual(vars_structure)
    cloud.must(await plans.apply('with-variables', 'seven'))
    await cloud.settled('with-variables')
    expect(await cloud.outputs('with-variables')).toMatchObject([{ name: 'n', value: '7' }])
    expect(await cloud.metadata('with-variables')).toMatchObject({ vars_structure })
  })

  test('has no price where the operator has set no price book, and the refusal says so', async () => {
    expect(await cloud.call(EstimateExecutionPlanPrice, { path: plans.path('changes', 'all-kinds') })).toMatchObject({
      ok: false,
      status: 404,
      error: { error_code: 'RF.10013029', error_msg: expect.stringContaining('has set no price book') },
    })
  })

  test('with nothing to change applies to nothing', async () => {
    await cloud.created('still', many(2), 'DEPLOYMENT_COMPLETE')
    const metadata = await plans.available('still', 'nothing', many(2))
    expect(metadata.summary).toEqual({})
    expect(await plans.items('still', 'nothing')).toEqual([])
    cloud.must(await plans.apply('still', 'nothing'))
    expect((await cloud.settled('still')).status).toBe('DEPLOYMENT_COMPLETE')
    expect(await cloud.resources('still')).toHaveLength(2)
  })

  test('that cannot be made says why, shows no items, and keeps its name until it is deleted', async () => {
    cloud.must(await plans.create('still', 'broken', failsInPlan))
    const broken = await plans.made('still', 'broken')
    expect(broken).toMatchObject({
      status: 'CREATION_FAILED',
      status_message: expect.stringContaining('One is not greater than two.'),
    })
    expect(broken.summary).toBeUndefined()
    expect(await plans.items('still', 'broken')).toBeUndefined()
    expect(await plans.apply('still', 'broken')).toMatchObject({ error: { error_code: 'RF.10012543' } })
    expect(await plans.create('still', 'broken', many(1))).toMatchObject({
      status: 409,
      error: { error_code: 'RF.10013501' },
    })
    expect((await plans.remove('still', 'broken')).status).toBe(204)
    await plans.available('still', 'broken', many(1))
  })

  test('of a template with an import is refused on a stack that rolls back by itself', async () => {
    const template =
      'import {\n  to = terraform_data.x\n  id = "x"\n}\nresource "terraform_data" "x" {\n  input = "x"\n}'
    cloud.must(await cloud.create('imports', { enable_auto_rollback: true }))
    expect(await cloud.deploy('imports', template)).toMatchObject({ status: 400, error: { error_code: 'RF.10011074' } })
    cloud.must(await plans.create('imports', 'importing', template))
    const made = await plans.made('imports', 'importing')
    expect(made.status, made.status_message).toBe('AVAILABLE')
    expect(made.summary).toMatchObject({ resource_import: 1 })
    expect((await plans.items('imports', 'importing'))?.[0]).toMatchObject({ imported: true })
    expect(await plans.apply('imports', 'importing')).toMatchObject({
      status: 400,
      error: { error_code: 'RF.10011074' },
    })
    cloud.must(await cloud.update('imports', { enable_auto_rollback: false }))
    cloud.must(await plans.apply('imports', 'importing'))
    const stack = await cloud.settled('imports')
    expect(stack.status, stack.status_message).toBe('DEPLOYMENT_COMPLETE')
  })
})

describe('plans', () => {
  test('of one stack are made side by side, and expire together with the first one applied', async () => {
    await cloud.created('many-plans', many(1), 'DEPLOYMENT_COMPLETE')
    const names = ['one', 'two', 'three']
    await Promise.all(names.map((name, at) => plans.create('many-plans', name, many(at + 2))))
    const made = await Promise.all(names.map((name) => plans.made('many-plans', name)))
    expect(made.map((each) => each.status)).toEqual(['AVAILABLE', 'AVAILABLE', 'AVAILABLE'])
    expect((await plans.list('many-plans')).map((each) => each.execution_plan_name).sort()).toEqual([...names].sort())

    cloud.must(await plans.apply('many-plans', 'two'))
    expect(await plans.apply('many-plans', 'one')).toMatchObject({ status: 403, error: { error_code: 'RF.10012542' } })
    await cloud.settled('many-plans')
    expect(await cloud.resources('many-plans')).toHaveLength(3)
    expect(await plans.apply('many-plans', 'one')).toMatchObject({ status: 403, error: { error_code: 'RF.10012545' } })
    expect((await plans.metadata('many-plans', 'one')).status).toBe('AVAILABLE')
  })

  test('made before a deployment cannot be applied after it', async () => {
    await plans.available('many-plans', 'before-deployment', many(4))
    await cloud.deployed('many-plans', many(5), 'DEPLOYMENT_COMPLETE')
    expect(await plans.apply('many-plans', 'before-deployment')).toMatchObject({ error: { error_code: 'RF.10012545' } })
    expect(await cloud.resources('many-plans')).toHaveLength(5)
  })

  test('applied 20 times at once are carried out once', async () => {
    const journal = join(folder, randomUUID())
    const template = `resource "terraform_data" "noted" {\n  provisioner "local-exec" {\n    command = "echo run >> ${journal}"\n  }\n}`
    cloud.must(await cloud.create('raced-plan'))
    await plans.available('raced-plan', 'p', template)
    const answers = await Promise.all(Array.from({ length: 20 }, () => plans.apply('raced-plan', 'p')))
    expect(answers.filter((each) => each.ok)).toHaveLength(1)
    for (const each of answers) if (!each.ok) expect([403, 409]).toContain(each.status)
    expect((await cloud.settled('raced-plan')).status).toBe('DEPLOYMENT_COMPLETE')
    expect(readFileSync(journal, 'utf8')).toBe('run\n')
  })

  test('are deleted except while they are made or carried out', async () => {
    const slow = 'resource "terraform_data" "slow" {\n  provisioner "local-exec" {\n    command = "sleep 2"\n  }\n}'
    cloud.must(await cloud.create('deletes'))
    cloud.must(await plans.create('deletes', 'p', slow))
    expect(await plans.remove('deletes', 'p')).toMatchObject({ status: 403, error: { error_code: 'RF.10012549' } })
    await plans.made('deletes', 'p')
    cloud.must(await plans.apply('deletes', 'p'))
    expect((await plans.metadata('deletes', 'p')).status).toBe('APPLY_IN_PROGRESS')
    expect(await plans.remove('deletes', 'p')).toMatchObject({ status: 403, error: { error_code: 'RF.10012549' } })
    expect(await plans.create('deletes', 'q', slow)).toMatchObject({
      status: 403,
      error: { error_code: 'RF.10012572' },
    })
    await cloud.settled('deletes')
    expect((await plans.remove('deletes', 'p')).status).toBe(204)
    await plans.available('deletes', 'never-applied', slow)
    expect((await plans.remove('deletes', 'never-applied')).status).toBe(204)
    expect(await plans.list('deletes')).toEqual([])
    expect(await plans.remove('deletes', 'p')).toMatchObject({ status: 404, error: { error_code: 'RF.10013002' } })
  })

  test('whose saved plan was lost fail the deployment and leave the stack intact', async () => {
    await cloud.created('lost', many(1), 'DEPLOYMENT_COMPLETE')
    await plans.available('lost', 'p', many(3))
    const { endpoint, bucket } = { endpoint: cloud.cloud.endpoints.s3, bucket: bucketName() }
    const s3 = new S3Client({ ...sdkSettings(endpoint), forcePathStyle: true })
    const listed = await s3.send(new ListObjectsV2Command({ Bucket: bucket }))
    const id = (await plans.metadata('lost', 'p')).execution_plan_id
    const saved = listed.Contents?.filter((each) => each.Key?.includes(id) && each.Key.endsWith('plan.bin')) ?? []
    expect(saved).toHaveLength(1)
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: saved[0]?.Key }))
    cloud.must(await plans.apply('lost', 'p'))
    const stack = await cloud.settled('lost')
    expect(stack).toMatchObject({
      status: 'DEPLOYMENT_FAILED',
      status_message: expect.stringContaining('saved execution plan is missing'),
    })
    expect((await plans.metadata('lost', 'p')).status).toBe('APPLIED')
    expect(await cloud.resources('lost')).toHaveLength(1)
    s3.destroy()
  })

  test('that fail are continued like any deployment, or rolled back', async () => {
    const needed = join(folder, randomUUID())
    cloud.must(await cloud.create('continued'))
    await plans.available('continued', 'p', failsHalfway(needed))
    cloud.must(await plans.apply('continued', 'p'))
    expect((await cloud.settled('continued')).status).toBe('DEPLOYMENT_FAILED')
    expect((await plans.metadata('continued', 'p')).status).toBe('APPLIED')
    writeFileSync(needed, '')
    cloud.must(await cloud.continueDeploy('continued'))
    expect((await cloud.settled('continued')).status).toBe('DEPLOYMENT_COMPLETE')

    await cloud.created('rolled-back', many(1), 'DEPLOYMENT_COMPLETE', { enable_auto_rollback: true })
    await plans.available('rolled-back', 'p', `${many(1)}\n${failsHalfway(join(folder, randomUUID()))}`)
    cloud.must(await plans.apply('rolled-back', 'p'))
    expect((await cloud.settled('rolled-back')).status).toBe('ROLLBACK_COMPLETE')
    expect(await cloud.resources('rolled-back')).toHaveLength(1)
  })

  test('are guarded by their ids and by that of their stack', async () => {
    const { stack_id, execution_plan_id } = await plans.metadata('lost', 'p')
    const path = plans.path('lost', 'p')
    const other = randomUUID()
    const calls = [
      [await cloud.call(GetExecutionPlan, { path, query: { execution_plan_id: other } }), 'RF.10011018'],
      [await cloud.call(GetExecutionPlanMetadata, { path, query: { stack_id: other } }), 'RF.10011015'],
      [await plans.apply('lost', 'p', { execution_plan_id: other }), 'RF.10011018'],
      [await plans.remove('lost', 'p', { execution_plan_id: other }), 'RF.10011018'],
      [await plans.create('lost', 'q', many(1), { stack_id: other }), 'RF.10011015'],
    ] as const
    for (const [answer, code] of calls) expect(answer).toMatchObject({ status: 400, error: { error_code: code } })
    const right = await cloud.call(GetExecutionPlan, { path, query: { stack_id, execution_plan_id } })
    expect(right.status).toBe(200)
  })

  test('are made once for a repeated request', async () => {
    const requestId = randomUUID()
    const first = cloud.must(await plans.create('lost', 'repeated', many(1), {}, requestId))
    const second = await plans.create('lost', 'repeated', many(1), {}, requestId)
    // A repetition that comes after the plan was made finds the name taken.
    if (second.ok) expect(second.body).toEqual(first)
    else expect(second.error.error_code).toBe('RF.10013501')
    await plans.made('lost', 'repeated')
  })

  test('have names of 1 to 128 characters, and a limited number', async () => {
    cloud.must(await cloud.create('quota'))
    const longest = `p${'x'.repeat(127)}`
    expect((await plans.create('quota', longest, many(0))).status).toBe(202)
    expect(await plans.create('quota', `${longest}x`, many(0))).toMatchObject({ error: { error_code: 'RF.10011005' } })
    expect(await plans.create('quota', '1x', many(0))).toMatchObject({ error: { error_code: 'RF.10011010' } })
    const answers = await Promise.all(Array.from({ length: 14 }, (_, at) => plans.create('quota', `p${at}`, many(0))))
    expect(answers.filter((each) => each.ok)).toHaveLength(11)
    for (const each of answers)
      if (!each.ok) expect(each).toMatchObject({ status: 403, error: { error_code: 'RF.10012574' } })
    const page = cloud.must(await cloud.call(ListExecutionPlans, { path: cloud.path('quota'), query: { limit: 10 } }))
    const marker = page.page_info?.next_marker ?? ''
    const rest = cloud.must(
      await cloud.call(ListExecutionPlans, { path: cloud.path('quota'), query: { limit: 10, marker } }),
    )
    expect([...page.execution_plans, ...rest.execution_plans]).toHaveLength(12)
    await Promise.all((await plans.list('quota')).map((each) => plans.made('quota', each.execution_plan_name)))
  })

  test('go with their stack', async () => {
    cloud.must(await cloud.remove('quota'))
    await cloud.gone('quota')
    cloud.must(await cloud.create('quota'))
    expect(await plans.list('quota')).toEqual([])
  })
})

function bucketName(): string {
  const [, name] = Object.entries(cloud.cloud.resources).find(([id]) => /Bucket/.test(id) && !/Policy/.test(id)) ?? []
  return name ?? ''
}

import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ListStackEvents, ListStackResources, ListStacks } from '../../shared/contract/stack-reads.ts'
import { ContinueDeployStack, DeployStack } from '../../shared/contract/stacks.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { project } from '../support/stack-actions.ts'
import { failsHalfway, many } from '../support/templates.ts'

let cloud: TestCloud
let folder: string

beforeAll(async () => {
  cloud = await startTestCloud({ parameters: { StackQuota: '60' } })
  folder = mkdtempSync(join(tmpdir(), 'rfs-test-'))
})
afterAll(async () => {
  await cloud?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Notes each run in a journal and waits a moment, so that a second run would show. */
const journaled = (journal: string) => `
resource "terraform_data" "noted" {
  provisioner "local-exec" {
    command = "echo run >> ${journal}; sleep 1"
  }
}`

describe('many at once', () => {
  test('50 continuations of one failed stack start exactly one deployment', async () => {
    const needed = join(folder, randomUUID())
    await cloud.created('raced', failsHalfway(needed), 'DEPLOYMENT_FAILED')
    writeFileSync(needed, '')
    const answers = await Promise.all(Array.from({ length: 50 }, () => cloud.continueDeploy('raced')))
    const accepted = answers.filter((each) => each.ok)
    expect(accepted).toHaveLength(1)
    const refusals = new Set(answers.flatMap((each) => (each.ok ? [] : [`${each.status} ${each.error.error_code}`])))
    expect([...refusals].sort()).toEqual(expect.arrayContaining([]))
    for (const refusal of refusals) expect(['403 RF.10012547', '409 RF.10013503']).toContain(refusal)
    expect((await cloud.settled('raced')).status).toBe('DEPLOYMENT_COMPLETE')
    const starts = await cloud.events('raced', { filter: 'event_type==LOG' })
    expect(starts.filter((each) => each.event_message === 'Deployment started.')).toHaveLength(2)
  })

  test('30 stacks deploy side by side', async () => {
    const names = Array.from({ length: 30 }, (_, at) => `fleet-${at}`)
    const made = await Promise.all(names.map((name) => cloud.create(name, { template_body: many(3) })))
    expect(made.map((each) => each.status)).toEqual(names.map(() => 201))
    const ended = await Promise.all(names.map((name) => cloud.settled(name, 120_000)))
    expect(new Set(ended.map((each) => each.status))).toEqual(new Set(['DEPLOYMENT_COMPLETE']))
    const counts = await Promise.all(names.map(async (name) => (await cloud.resources(name)).length))
    expect(new Set(counts)).toEqual(new Set([3]))
  }, 180_000)

  test('20 creations of one name make one stack', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => cloud.create('one-name')))
    expect(answers.filter((each) => each.ok)).toHaveLength(1)
    for (const each of answers)
      if (!each.ok) expect(each).toMatchObject({ status: 409, error: { error_code: 'RF.10013502' } })
  })
})

describe('a repeated request', () => {
  test('has the same answer and one effect while its deployment is pending or running', async () => {
    const journal = join(folder, randomUUID())
    const requestId = randomUUID()
    const body = { template_body: journaled(journal) }
    const first = cloud.must(await cloud.create('repeated', body, requestId))
    const second = cloud.must(await cloud.create('repeated', body, requestId))
    expect(second).toEqual(first)
    expect((await cloud.settled('repeated')).status).toBe('DEPLOYMENT_COMPLETE')
    expect(readFileSync(journal, 'utf8')).toBe('run\n')

    const deploymentId = randomUUID()
    const [one, two] = await Promise.all([
      cloud.deploy('repeated', many(1), {}, deploymentId),
      cloud.deploy('repeated', many(1), {}, deploymentId),
    ])
    expect(cloud.must(one)).toEqual(cloud.must(two))
    await cloud.settled('repeated')
  })

  test('is an ordinary command once the deployment is over, and when its body differs', async () => {
    const requestId = randomUUID()
    const first = cloud.must(await cloud.deploy('repeated', many(2), {}, requestId))
    expect(await cloud.deploy('repeated', many(3), {}, requestId)).toMatchObject({ status: 403 })
    await cloud.settled('repeated')
    const later = cloud.must(await cloud.deploy('repeated', many(2), {}, requestId))
    expect(later.deployment_id).not.toBe(first.deployment_id)
    await cloud.settled('repeated')
  })
})

describe('events', () => {
  beforeAll(async () => {
    await cloud.created(
      'eventful',
      `${many(95)}\nresource "terraform_data" "other" {\n  input = 1\n}`,
      'DEPLOYMENT_COMPLETE',
    )
  })

  test('are filtered by AND of ORs', async () => {
    expect((await cloud.events('eventful')).length).toBeGreaterThanOrEqual(195)
    const completed = await cloud.events('eventful', { filter: 'event_type==CREATION_COMPLETE' })
    expect(completed).toHaveLength(96)
    const both = await cloud.events('eventful', {
      filter: 'event_type==CREATION_COMPLETE|event_type==CREATION_IN_PROGRESS,resource_name==other',
    })
    expect(both.map((each) => each.event_type)).toEqual(['CREATION_COMPLETE', 'CREATION_IN_PROGRESS'])
    expect(await cloud.events('eventful', { filter: 'resource_name==nobody' })).toEqual([])
  })

  test('show the selected fields and always the type', async () => {
    const [event] = await cloud.events('eventful', { filter: 'resource_name==other', field: 'resource_name,timestamp' })
    expect(Object.keys(event ?? {}).sort()).toEqual(['event_type', 'resource_name', 'time'])
  })

  test('come in pages that make up the whole, newest first', async () => {
    const all = await cloud.events('eventful')
    const paged: unknown[] = []
    let marker: string | undefined
    do {
      const query = { limit: 50, ...(marker ? { marker } : {}) }
      const page = cloud.must(await cloud.call(ListStackEvents, { path: cloud.path('eventful'), query }))
      expect(page.page_info?.current_count).toBe(page.stack_events.length)
      paged.push(...page.stack_events)
      marker = page.page_info?.next_marker
    } while (marker)
    expect(paged).toEqual(all)
  })

  test.each([
    ['resource_color==red', 'RF.10011087'],
    ['event_type=LOG', 'RF.10011088'],
    ['event_type==NOISE', 'RF.10011089'],
    ['event_type==LOG,event_type==ERROR', 'RF.10011093'],
  ])('refuse the filter %s with %s', async (filter, code) => {
    const answer = await cloud.call(ListStackEvents, { path: cloud.path('eventful'), query: { filter } })
    expect(answer).toMatchObject({ status: 400, error: { error_code: code } })
  })

  test('of an unknown deployment are 404', async () => {
    const query = { deployment_id: randomUUID() }
    const answer = await cloud.call(ListStackEvents, { path: cloud.path('eventful'), query })
    expect(answer).toMatchObject({ status: 404, error: { error_code: 'RF.10013073' } })
  })
})

describe('stacks', () => {
  test('are listed newest first, in pages that make up the whole', async () => {
    const all = (await cloud.list()).map((each) => each.stack_name)
    expect(all.indexOf('eventful')).toBeLessThan(all.indexOf('raced'))
    const first = cloud.must(await cloud.call(ListStacks, { path: { project_id: project }, query: { limit: 10 } }))
    const marker = first.page_info?.next_marker ?? ''
    const second = cloud.must(
      await cloud.call(ListStacks, { path: { project_id: project }, query: { limit: 1000, marker } }),
    )
    expect([...first.stacks, ...second.stacks].map((each) => each.stack_name)).toEqual(all)
    expect(second.page_info?.next_marker).toBeUndefined()
  })

  test("of another project are not the caller's to see", async () => {
    const answer = await cloud.call(ListStacks, { path: { project_id: 'f'.repeat(32) } })
    expect(answer).toMatchObject({ status: 403, error: { error_code: 'RF.10012507' } })
  })

  test('keep what an update does not name, and refuse one that names nothing', async () => {
    const agencies = [{ provider_name: 'huaweicloud', agency_name: 'ops' }]
    cloud.must(await cloud.create('updated', { description: 'before', agencies }))
    expect((await cloud.update('updated', { enable_auto_rollback: true })).status).toBe(204)
    expect(await cloud.metadata('updated')).toMatchObject({
      description: 'before',
      agencies,
      enable_auto_rollback: true,
    })
    expect((await cloud.update('updated', { description: '' })).status).toBe(204)
    expect(await cloud.metadata('updated')).toMatchObject({ description: '' })
    expect(await cloud.update('updated', {})).toMatchObject({ status: 400, error: { error_code: 'RF.10011084' } })
  })

  test('cannot be given auto-rollback after a failure', async () => {
    await cloud.created('failed-once', failsHalfway(join(folder, randomUUID())), 'DEPLOYMENT_FAILED')
    const answer = await cloud.update('failed-once', { enable_auto_rollback: true })
    expect(answer).toMatchObject({ status: 403, error: { error_code: 'RF.10012546' } })
  })

  test('are guarded by their id', async () => {
    const body = { stack_id: randomUUID() }
    const wrong = await cloud.call(ContinueDeployStack, { path: cloud.path('failed-once'), body })
    expect(wrong).toMatchObject({ status: 400, error: { error_code: 'RF.10011015' } })
    const query = { stack_id: randomUUID() }
    expect(await cloud.call(ListStackResources, { path: cloud.path('failed-once'), query })).toMatchObject({
      error: { error_code: 'RF.10011015' },
    })
    const stackId = (await cloud.metadata('failed-once')).stack_id
    const right = await cloud.call(ListStackResources, {
      path: cloud.path('failed-once'),
      query: { stack_id: stackId },
    })
    expect(right.status).toBe(200)
  })

  test('are limited in number, exactly, however many ask at once', async () => {
    const room = 60 - (await cloud.list()).length
    const answers = await Promise.all(Array.from({ length: room + 10 }, (_, at) => cloud.create(`filler-${at}`)))
    expect(answers.filter((each) => each.ok)).toHaveLength(room)
    for (const each of answers)
      if (!each.ok) expect(each).toMatchObject({ status: 403, error: { error_code: 'RF.10012538' } })
    cloud.must(await cloud.remove('updated'))
    await cloud.gone('updated')
    cloud.must(await cloud.create('filler-at-last'))
  })

  test('that do not exist are 404 for every operation', async () => {
    const answers = await Promise.all([
      cloud.deploy('nobody', many(1)),
      cloud.continueDeploy('nobody'),
      cloud.continueRollback('nobody'),
      cloud.update('nobody', { description: 'x' }),
      cloud.remove('nobody'),
      cloud.removeEnhanced('nobody', false),
      cloud.template('nobody'),
      cloud.call(ListStackEvents, { path: cloud.path('nobody') }),
      cloud.call(ListStackResources, { path: cloud.path('nobody') }),
    ])
    for (const each of answers) expect(each).toMatchObject({ status: 404, error: { error_code: 'RF.10013001' } })
  })
})

describe('where the operator named no host', () => {
  test.each([
    ['template_uri', { template_uri: 'https://example.com/main.tf' }, 'RF.10011035'],
    ['vars_uri', { template_body: many(1), vars_uri: 'https://example.com/x.tfvars' }, 'RF.10011049'],
  ])('%s leads nowhere, which is a clear 400', async (_, body, code) => {
    const answer = await cloud.call(DeployStack, { path: cloud.path('failed-once'), body })
    expect(answer).toMatchObject({
      status: 400,
      error: { error_code: code, error_msg: expect.stringContaining('the operator of this service allows') },
    })
  })
})

import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sdkSettings } from '../../infra/local/sdk-settings.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { project } from '../support/stack-actions.ts'
import { many, slowChain } from '../support/templates.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rfs-test-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const lines = (file: string) => readFileSync(file, 'utf8').trim().split('\n')

async function untilEvent(cloud: TestCloud, name: string, filter: string): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if ((await cloud.events(name, { filter })).length > 0) return
    await sleep(50)
  }
  throw new Error(`no event ${filter} of ${name} appeared`)
}

describe('when the worker dies in the middle of an apply', () => {
  let cloud: TestCloud
  beforeAll(async () => {
    const parameters = { RunnerTimeoutSeconds: '9', WorkerTimeoutSeconds: '11', JobVisibilitySeconds: '12' }
    cloud = await startTestCloud({ parameters })
  })
  afterAll(() => cloud?.stop())

  test('the job is taken over after the visibility timeout; nothing is forgotten or made twice', async () => {
    const journal = join(folder, randomUUID())
    cloud.must(await cloud.create('orphaned', { template_body: slowChain(4, 1, journal) }))
    await untilEvent(cloud, 'orphaned', 'event_type==CREATION_COMPLETE,resource_name==step_0')
    const killedAt = Date.now()
    expect(await cloud.cloud.killFunctionThreads('FunctionsWorker')).toBe(1)

    const stack = await cloud.settled('orphaned', 60_000)
    expect(stack.status, stack.status_message).toBe('DEPLOYMENT_COMPLETE')
    expect(Date.now() - killedAt).toBeLessThan(40_000)
    expect(lines(journal).sort()).toEqual(['step_0', 'step_1', 'step_2', 'step_3'])
    const resources = await cloud.resources('orphaned')
    expect(resources.map((each) => each.logical_resource_name).sort()).toEqual(lines(journal).sort())
  }, 90_000)
})

describe('when the queue refuses messages for a while', () => {
  let cloud: TestCloud
  beforeAll(async () => {
    cloud = await startTestCloud()
  })
  afterAll(() => cloud?.stop())

  test('the command stands and the sweeper delivers it', async () => {
    cloud.cloud.refuseQueueSends(true)
    const made = await cloud.create('swept', { template_body: many(1) })
    expect(made.status).toBe(201)
    await sleep(500)
    cloud.cloud.refuseQueueSends(false)
    await cloud.cloud.fireSchedules()
    // It is not due yet: a message that is only late must not be sent twice.
    expect((await cloud.metadata('swept')).status).toBe('DEPLOYMENT_IN_PROGRESS')
    await sleep(20_000)
    await cloud.cloud.fireSchedules()
    expect((await cloud.settled('swept')).status).toBe('DEPLOYMENT_COMPLETE')
  }, 60_000)

  test('a job that was delivered in vain too often ends as failed, with a message, and can be continued', async () => {
    cloud.cloud.refuseQueueSends(true)
    const { stack_id, deployment_id } = cloud.must(await cloud.create('given-up', { template_body: many(1) }))
    cloud.cloud.refuseQueueSends(false)
    const { endpoints, resources } = cloud.cloud
    const table = new DynamoDBClient(sdkSettings(endpoints.dynamodb))
    const key = { pk: { S: `PROJECT#${project}` }, sk: { S: 'STACK#given-up' } }
    const [TableName = ''] = namesOf(resources, 'Table')
    const { Item } = await table.send(new GetItemCommand({ TableName, Key: key }))
    const queue = new SQSClient(sdkSettings(endpoints.sqs))
    const [QueueUrl = ''] = namesOf(resources, 'DeadLetters')
    const message = { project, stackName: 'given-up', stackId: stack_id, jobId: Item?.job?.M?.id?.S }
    const send = (body: string) =>
      queue.send(
        new SendMessageCommand({
          QueueUrl,
          MessageBody: body,
          MessageGroupId: stack_id,
          MessageDeduplicationId: randomUUID(),
        }),
      )
    // What is not a job, or of a job that is over, does no harm and does not stand in the way.
    await send('not a job')
    await send(JSON.stringify({ ...message, jobId: randomUUID() }))
    await send(JSON.stringify(message))
    const stack = await cloud.settled('given-up')
    expect(stack).toMatchObject({
      status: 'DEPLOYMENT_FAILED',
      status_message: expect.stringContaining('gave up after several attempts'),
    })
    expect(await cloud.events('given-up', { deployment_id, filter: 'event_type==ERROR' })).toHaveLength(1)
    cloud.must(await cloud.continueDeploy('given-up'))
    expect((await cloud.settled('given-up')).status).toBe('DEPLOYMENT_COMPLETE')
    table.destroy()
    queue.destroy()
  })
})

/** Physical names of the resources whose logical id holds a word. */
function namesOf(resources: Record<string, string>, word: string): string[] {
  return Object.entries(resources)
    .filter(([id]) => id.includes(word) && !id.includes('Policy'))
    .map(([, name]) => name)
}

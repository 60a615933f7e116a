/**
 * One deployment from the request to its outcome, each call to AWS counted: the command, the poller of the queue, the worker,
 * the runner (by its links to the bucket), the questions of a client that waits, and a sweep.
 */
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { sdkSettings } from '../../infra/local/sdk-settings.ts'
import { signWith } from '../../shared/auth/sign.ts'
import * as reads from '../../shared/contract/stack-reads.ts'
import { CreateStack } from '../../shared/contract/stacks.ts'
import type { JobMessage } from '../../shared/job/queue.ts'
import { type BenchCloud, benchKey, must, pathOf, projectId, waitForEnd } from './bench-cloud.ts'
import type { FunctionBed } from './function-bed.ts'
import { deliveryOf } from './job-events.ts'
import type { MeteredStores } from './metered-stores.ts'
import { signedEvent } from './signed-event.ts'
import type { Usage } from './usage.ts'

export interface Counted {
  readonly usage: Usage
  readonly ms: number
}

export interface DeploymentUse {
  readonly resources: number
  readonly events: number
  readonly command: Counted
  /** What Lambda's poller asks of the queue for one message. */
  readonly poller: Usage
  /** With all that the runner does meanwhile. */
  readonly worker: Counted
  /** One question of the client. */
  readonly question: Counted
  readonly sweep: Counted
}

const name = 'counted'

/** Resources one after the other, each of which takes so long to be made; and a variable. */
function chain(resources: number, secondsEach: number): string {
  const block = (at: number) => `resource "terraform_data" "r${at}" {
  input      = "\${var.word} ${at}"
  depends_on = [${at > 0 ? `terraform_data.r${at - 1}` : ''}]
  provisioner "local-exec" {
    command = "sleep ${secondsEach}"
  }
}`
  return ['variable "word" {}', ...Array.from({ length: resources }, (_, at) => block(at))].join('\n')
}

export async function countDeployment(
  { client }: BenchCloud,
  bed: FunctionBed,
  meter: MeteredStores,
  { resources, secondsEach }: { resources: number; secondsEach: number },
): Promise<DeploymentUse> {
  const queue = new SQSClient(sdkSettings(meter.endpoints.sqs))
  const sign = signWith(benchKey)
  const count = async (functionName: string, event: object): Promise<Counted & { answer: unknown }> => {
    const { result, usage } = await meter.during(() => functionOf(functionName).invoke(event))
    return { usage, ms: result.ms, answer: result.answer }
  }
  const started = new Map<string, ReturnType<FunctionBed['start']>>()
  const functionOf = (functionName: string) => {
    const process = started.get(functionName) ?? bed.start(functionName)
    started.set(functionName, process)
    return process
  }
  const create = (stack_name: string, more: object = {}) =>
    signedEvent(sign, CreateStack, { path: { project_id: projectId }, body: { stack_name, ...more } })
  // What is read once by a function that starts is not what a deployment costs.
  await functionOf(CreateStack.id).invoke(create('before'))
  const command = await count(
    CreateStack.id,
    create(name, { template_body: chain(resources, secondsEach), vars_body: 'word = "number"' }),
  )

  const QueueUrl = bed.queueUrl
  const received = await meter.during(() => queue.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 })))
  const [message] = received.result.Messages ?? []
  const job = JSON.parse(message?.Body ?? '{}') as JobMessage
  if (job.stackName !== name) throw new Error('the message of the deployment is not on the queue')
  const worker = await count('worker', deliveryOf(job))
  const removed = await meter.during(() =>
    queue.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle })),
  )
  await waitForEnd(client, name, 'DEPLOYMENT_COMPLETE', 10)

  const ask = signedEvent(sign, reads.GetStackMetadata, { path: pathOf(name) })
  await functionOf(reads.GetStackMetadata.id).invoke(ask)
  const question = await count(reads.GetStackMetadata.id, ask)
  await functionOf('sweeper').invoke({})
  const sweep = await count('sweeper', {})
  const { stack_events: events } = must(await client.call(reads.ListStackEvents, { path: pathOf(name) }))
  for (const process of started.values()) await process.stop()
  queue.destroy()
  const poller = { ...received.usage, queueRequests: received.usage.queueRequests + removed.usage.queueRequests }
  return {
    resources,
    events: events.length,
    command,
    poller: { ...poller, calls: [...received.usage.calls, ...removed.usage.calls] },
    worker,
    question,
    sweep,
  }
}

/** The service on this machine with short times, and what a user does with one stack of it. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { synthesize } from '../../../infra/app.ts'
import { type LocalCloud, start } from '../../../infra/local/start.ts'
import { signWith } from '../../../shared/auth/sign.ts'
import { type Client, createClient } from '../../../shared/contract/client.ts'
import { GetStackMetadata, ListStackEvents, ListStackResources } from '../../../shared/contract/stack-reads.ts'
import { ContinueDeployStack, CreateStack, DeleteStack } from '../../../shared/contract/stacks.ts'
import { must } from '../../bench/bench-cloud.ts'
import { projectId } from '../../support/proxy-event.ts'
import { type Observed, readJournal } from './observed.ts'

/** Seconds of a delivery: so that a job whose worker died is taken over while somebody waits for it. */
const times = { RunnerTimeoutSeconds: '14', WorkerTimeoutSeconds: '16', JobVisibilitySeconds: '17' }
/** Longer than three takeovers. */
const longestWaitMs = 120_000

const key = { accessKey: 'AKFAULTS', secretKey: 'faults', project: projectId, role: 'full' } as const

export interface EngineCloud {
  readonly cloud: LocalCloud
  readonly client: Client
  stop(): Promise<void>
}

/** @param folder for the assembly, and for what functions put down */
export async function startEngineCloud(folder: string, engine: string): Promise<EngineCloud> {
  const before = process.env.RFS_ENGINE
  process.env.RFS_ENGINE = engine
  const cloud = await start({
    assembly: await synthesize(join(folder, 'cdk.out')),
    parameters: { ...times, TemplateProfile: 'open', StackQuota: '1000' },
    accessKeys: [key],
    schedules: true,
  })
  process.once('exit', cloud.killChildProcesses)
  return {
    cloud,
    client: createClient(cloud.baseUrl, { sign: signWith(key) }),
    stop: async () => {
      await cloud.stop()
      process.removeListener('exit', cloud.killChildProcesses)
      if (before === undefined) delete process.env.RFS_ENGINE
      else process.env.RFS_ENGINE = before
    },
  }
}

export interface UserStack {
  readonly name: string
  create(template: string): Promise<string>
  /** The status at the end of what is under way. @throws Error when that takes too long */
  settled(): Promise<string>
  continueDeploy(): Promise<void>
  observe(journal: string): Promise<Observed>
  /** Deletes it and waits until it is gone. @returns the status that it got stuck in instead, if it did */
  remove(): Promise<string | undefined>
}

export function userStack(client: Client, name: string): UserStack {
  const path = { project_id: projectId, stack_name: name }
  const status = async () => {
    const answer = await client.call(GetStackMetadata, { path })
    return !answer.ok && answer.status === 404 ? 'GONE' : must(answer).status
  }
  const settled = async () => {
    for (const until = Date.now() + longestWaitMs; Date.now() < until; ) {
      const now = await status()
      if (!now.endsWith('_IN_PROGRESS')) return now
      await sleep(50)
    }
    throw new Error(`stack ${name} is still ${await status()} after ${longestWaitMs / 1000} s`)
  }
  return {
    name,
    settled,
    create: async (template) => {
      const body = { stack_name: name, template_body: template }
      return must(await client.call(CreateStack, { path: { project_id: projectId }, body })).stack_id
    },
    continueDeploy: async () => {
      must(await client.call(ContinueDeployStack, { path }))
    },
    observe: async (journal) => ({
      events: must(await client.call(ListStackEvents, { path })).stack_events.reverse(),
      resources: must(await client.call(ListStackResources, { path })).stack_resources,
      status: await status(),
      journal: readJournal(journal),
    }),
    remove: async () => {
      must(await client.call(DeleteStack, { path }))
      const end = await settled()
      return end === 'GONE' ? undefined : end
    },
  }
}

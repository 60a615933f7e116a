/** The service on this machine, for measuring: the synthesized template, nothing limited, no schedule that fires by itself. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { synthesize } from '../../infra/app.ts'
import { type LocalCloud, start } from '../../infra/local/start.ts'
import { signWith } from '../../shared/auth/sign.ts'
import { type Answer, type Client, createClient } from '../../shared/contract/client.ts'
import type { StackStatus } from '../../shared/contract/enums.ts'
import { GetExecutionPlanMetadata } from '../../shared/contract/execution-plans.ts'
import { GetStackMetadata } from '../../shared/contract/stack-reads.ts'

export interface BenchCloud {
  readonly client: Client
  /** Of another project, whose stacks are as many as its lists are to show. */
  readonly listedClient: Client
  readonly baseUrl: string
  readonly endpoints: LocalCloud['endpoints']
  readonly tableName: string
  readonly bucketName: string
  stop(): Promise<void>
}

export const projectId = '0123456789abcdef0123456789abcdef'

export const listedProject = 'fedcba9876543210fedcba9876543210'

/** The callers that measure. */
export const benchKey = { accessKey: 'AKBENCH', secretKey: 'bench', project: projectId, role: 'full' } as const
const listedKey = { ...benchKey, accessKey: 'AKLISTED', project: listedProject } as const

export const pathOf = (stackName: string) => ({ project_id: projectId, stack_name: stackName })

/** What a measurement must not run into: they are limits of the service, not of its speed. */
const unlimited = {
  StackQuota: '100000',
  ThrottlingRatePerSecond: '10000',
  ThrottlingBurst: '5000',
  CommandsPerMinute: '1000000',
  StacksInCreation: '500',
}

/** @param folder for the assembly */
export async function startBenchCloud(folder: string): Promise<BenchCloud> {
  const cloud = await start({
    assembly: await synthesize(join(folder, 'cdk.out')),
    parameters: { ...unlimited, TemplateProfile: 'open' },
    accessKeys: [benchKey, listedKey],
    schedules: false,
    // A function that was warm stays warm.
    threadIdleMs: 3_600_000,
  })
  const killEngines = () => cloud.killChildProcesses()
  process.once('exit', killEngines)
  return {
    client: createClient(cloud.baseUrl, { sign: signWith(benchKey) }),
    listedClient: createClient(cloud.baseUrl, { sign: signWith(listedKey) }),
    baseUrl: cloud.baseUrl,
    endpoints: cloud.endpoints,
    tableName: resourceOf(cloud, 'StorageTable'),
    bucketName: resourceOf(cloud, 'StorageBucket'),
    stop: async () => {
      await cloud.stop()
      process.removeListener('exit', killEngines)
    },
  }
}

function resourceOf({ resources }: LocalCloud, logicalIdPrefix: string): string {
  const name = Object.entries(resources).find(([logicalId]) => logicalId.startsWith(logicalIdPrefix))?.[1]
  if (!name) throw new Error(`the template has no ${logicalIdPrefix}`)
  return name
}

/** The body of an answer that must not be a refusal. */
export function must<Body>(answer: Answer<Body>): Body {
  if (!answer.ok) throw new Error(`${answer.status} ${answer.error.error_code}: ${answer.error.error_msg}`)
  return answer.body
}

/**
 * Reads a stack's metadata again and again until its job is over.
 * @param pauseMs between an answer and the next question
 * @throws Error when it ends in another status than the expected one
 */
export async function waitForEnd(
  client: Client,
  stackName: string,
  expected: StackStatus | 'gone',
  pauseMs: number,
): Promise<void> {
  for (;;) {
    const answer = await client.call(GetStackMetadata, { path: pathOf(stackName) })
    if (!answer.ok && answer.status === 404 && expected === 'gone') return
    const { status, status_message: message } = must(answer)
    if (!status.endsWith('_IN_PROGRESS')) {
      if (status === expected) return
      throw new Error(`stack ${stackName} is ${status} instead of ${expected}: ${message}`)
    }
    await sleep(pauseMs)
  }
}

type PlanPath = ReturnType<typeof pathOf> & { readonly execution_plan_name: string }

/** Reads a plan's metadata again and again until it is made. @throws Error when it could not be */
export async function waitForPlan(client: Client, path: PlanPath, pauseMs: number): Promise<void> {
  for (;;) {
    const { status, status_message: message } = must(await client.call(GetExecutionPlanMetadata, { path }))
    if (status === 'AVAILABLE') return
    if (status !== 'CREATION_IN_PROGRESS') throw new Error(`the plan is ${status}: ${message}`)
    await sleep(pauseMs)
  }
}

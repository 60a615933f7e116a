/** The service on this machine, for measuring: the synthesized template, nothing limited, no schedule that fires by itself. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type LocalCloud, start } from '../../infra/local/start.ts'
import { signWith } from '../../shared/auth/sign.ts'
import { type Answer, type Client, createClient } from '../../shared/contract/client.ts'
import type { StackStatus } from '../../shared/contract/enums.ts'
import { GetExecutionPlanMetadata } from '../../shared/contract/execution-plans.ts'
import { GetStackMetadata } from '../../shared/contract/stack-reads.ts'
import type { Setting } from './section.ts'

export interface BenchCloud {
  readonly client: Client
  /** Of another project, whose stacks are as many as its lists are to show. */
  readonly listedClient: Client
  readonly baseUrl: string
  readonly endpoints: LocalCloud['endpoints']
  readonly tableName: string
  readonly bucketName: string
  /** Values for the template's parameters, where they are not its defaults. */
  readonly parameters: Record<string, string>
  /** Takes the place of KMS; base64. */
  readonly secretsKey: string
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
  PlanQuota: '10000',
  TemplateQuota: '100000',
  TemplateVersionQuota: '1000',
  ThrottlingRatePerSecond: '10000',
  ThrottlingBurst: '5000',
  CommandsPerMinute: '1000000',
  StacksInCreation: '500',
  PlansInCreation: '500',
  TemplateProfile: 'open',
}

export async function startBenchCloud({ assembly }: Pick<Setting, 'assembly'>): Promise<BenchCloud> {
  const secretsKey = randomBytes(32).toString('base64')
  const cloud = await start({
    assembly,
    parameters: unlimited,
    secretsKey,
    accessKeys: [benchKey, listedKey],
    schedules: false,
    // A function that was warm stays warm.
    threadIdleMs: 3_600_000,
    // What still runs when everything is measured has nothing to save.
    stopGraceMs: 100,
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
    parameters: unlimited,
    secretsKey,
    stop: async () => {
      await cloud.stop()
      process.removeListener('exit', killEngines)
    },
  }
}

/** Measures on a cloud of its own. */
export async function withBenchCloud<Result>(
  setting: Setting,
  measure: (cloud: BenchCloud) => Promise<Result>,
): Promise<Result> {
  const cloud = await startBenchCloud(setting)
  try {
    return await measure(cloud)
  } finally {
    await cloud.stop()
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

/** The service on the local runtime, as the end-to-end tests use it: synthesized template, real stores, real engine. */
import { inject } from 'vitest'
import { type LocalCloud, start } from '../../infra/local/start.ts'
import { createClient } from '../../shared/contract/client.ts'
import { stackActions } from './stack-actions.ts'

export interface TestCloudOptions {
  /** Overrides of the template's parameters. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Off: schedules run only when the test fires them. */
  readonly schedules?: boolean
  readonly maxThreadsPerFunction?: number
}

export interface TestCloud extends ReturnType<typeof stackActions> {
  readonly cloud: LocalCloud
  readonly baseUrl: string
  /** Lines that the functions logged so far. */
  readonly logs: readonly string[]
  stop(): Promise<void>
}

/** Starts a cloud of its own; templates may use everything (profile `open`) unless the parameters say otherwise. */
export async function startTestCloud(options: TestCloudOptions = {}): Promise<TestCloud> {
  const logs: string[] = []
  const cloud = await start({
    assembly: inject('assembly'),
    parameters: { TemplateProfile: 'open', ...options.parameters },
    schedules: options.schedules ?? false,
    onLog: (name, line) => logs.push(`${name}: ${line}`),
    ...(options.maxThreadsPerFunction ? { maxThreadsPerFunction: options.maxThreadsPerFunction } : {}),
  })
  return {
    cloud,
    baseUrl: cloud.baseUrl,
    logs,
    ...stackActions(createClient(cloud.baseUrl)),
    stop: () => cloud.stop(),
  }
}

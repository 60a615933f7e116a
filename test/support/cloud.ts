/** The service on the local runtime, as the end-to-end tests use it: synthesized template, real stores, real engine. */
import { inject } from 'vitest'
import { type LocalCloud, start } from '../../infra/local/start.ts'
import type { GivenAccessKey } from '../../shared/auth/access-keys.ts'
import { signWith } from '../../shared/auth/sign.ts'
import { createClient } from '../../shared/contract/client.ts'
import { confine } from './confinement.ts'
import { project, stackActions } from './stack-actions.ts'

/** The key that opens the project of the tests. */
export const testKey = {
  accessKey: 'AKTESTS0000000000001',
  secretKey: 'not-a-secret-of-anybody',
  project,
  role: 'full',
} as const satisfies GivenAccessKey

export interface TestCloudOptions {
  /** Overrides of the template's parameters. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Off: schedules run only when the test fires them. */
  readonly schedules?: boolean
  readonly maxThreadsPerFunction?: number
  /** More keys than that of the tests' own project. */
  readonly accessKeys?: readonly GivenAccessKey[]
  /** What engines must not see beside the cloud's own folders. */
  readonly hiddenFolders?: readonly string[]
  readonly developmentToken?: { project: string; token: string }
  /** Encrypts stored secrets and variables: 32 bytes in base64. */
  readonly secretsKey?: string
  /** Text of the operator's price book. */
  readonly priceBook?: string
}

export interface RawRequest {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface TestCloud extends ReturnType<typeof stackActions> {
  readonly cloud: LocalCloud
  readonly baseUrl: string
  /** Lines that the functions logged so far. */
  readonly logs: readonly string[]
  /** A signed request, as raw as `fetch` allows. */
  send(request: RawRequest): Promise<Response>
  stop(): Promise<void>
}

/** Starts a cloud of its own; templates may use everything (profile `open`) unless the parameters say otherwise. */
export async function startTestCloud(options: TestCloudOptions = {}): Promise<TestCloud> {
  const logs: string[] = []
  const sign = signWith(testKey)
  const cloud = await start({
    assembly: inject('assembly'),
    parameters: { TemplateProfile: 'open', ...options.parameters },
    accessKeys: [testKey, ...(options.accessKeys ?? [])],
    ...(options.hiddenFolders ? { hiddenFolders: options.hiddenFolders } : {}),
    ...(options.secretsKey ? { secretsKey: options.secretsKey } : {}),
    ...(options.priceBook ? { priceBook: options.priceBook } : {}),
    ...(options.developmentToken ? { developmentToken: options.developmentToken } : {}),
    schedules: options.schedules ?? false,
    confine,
    onLog: (name, line) => logs.push(`${name}: ${line}`),
    ...(options.maxThreadsPerFunction ? { maxThreadsPerFunction: options.maxThreadsPerFunction } : {}),
  })
  return {
    cloud,
    baseUrl: cloud.baseUrl,
    logs,
    ...stackActions(createClient(cloud.baseUrl, { sign })),
    send: ({ method = 'GET', path, headers = {}, body }) => {
      const url = `${cloud.baseUrl}${path}`
      const signed = { ...headers, ...sign({ method, url, headers, body }) }
      return fetch(url, { method, headers: signed, ...(body === undefined ? {} : { body }) })
    },
    stop: () => cloud.stop(),
  }
}

/** What the tests of software configs and deployments do over HTTP. */
import { randomUUID } from 'node:crypto'
import type { GivenAccessKey } from '../../shared/auth/access-keys.ts'
import { signWith } from '../../shared/auth/sign.ts'
import { createClient } from '../../shared/contract/client.ts'
import { CreateSoftwareConfig, DeleteSoftwareConfig } from '../../shared/contract/software-configs.ts'
import {
  CreateSoftwareDeployment,
  DeleteSoftwareDeployment,
  GetServerMetadata,
  ListSoftwareDeployments,
  ShowSoftwareDeployment,
  UpdateSoftwareDeployment,
} from '../../shared/contract/software-deployments.ts'
import { DeploySoftware } from '../../shared/contract/software-signals.ts'
import { send } from './rts-cases.ts'

/** A project of its own for each test: nothing of another one is in its lists. */
export const newProject = () => randomUUID().replaceAll('-', '')

/** A key that opens a project of its own, to be given to a cloud when it starts. */
export const newKey = (project = newProject()) =>
  ({
    accessKey: `AK${newProject().toUpperCase()}`,
    secretKey: newProject(),
    project,
    role: 'full',
  }) satisfies GivenAccessKey

export type SoftwareActions = ReturnType<typeof softwareActions>

/** @param key one that the cloud knows: its project is the one that everything is in */
export function softwareActions(baseUrl: string, key: GivenAccessKey) {
  const { project } = key
  const sign = signWith(key)
  const client = createClient(baseUrl, { sign })
  const path = { project_id: project }
  const onDeployment = (deployment_id: string) => ({ ...path, deployment_id })
  /** The answer's body, for what a test takes for granted. */
  async function must<Body>(answer: Promise<{ ok: boolean; status: number; body?: Body; error?: unknown }>) {
    const { ok, status, body, error } = await answer
    if (!ok || body === undefined) throw new Error(`${status} ${JSON.stringify(error)}`)
    return body
  }
  const createConfig = (body: object = {}) => client.call(CreateSoftwareConfig, { path, body })
  const createDeployment = (body: { config_id: string; server_id: string; [field: string]: unknown }) =>
    client.call(CreateSoftwareDeployment, { path, body })
  return {
    project,
    sign,
    /** Without a body, of any path of the project. */
    ask: (method: string, rest: string) => {
      const url = `${baseUrl}/v1/${project}/${rest}`
      return send(url, { method, headers: sign({ method, url, headers: {} }) })
    },
    createConfig,
    createDeployment,
    config: async (body: object = {}) => (await must(createConfig(body))).software_config,
    deployment: async (body: { config_id: string; server_id: string; [field: string]: unknown }) =>
      (await must(createDeployment(body))).software_deployment,
    deploySoftware: (body: { config_id: string; server_id: string; [field: string]: unknown }) =>
      client.call(DeploySoftware, { path, body }),
    deleteConfig: (config_id: string) => client.call(DeleteSoftwareConfig, { path: { ...path, config_id } }),
    update: (id: string, body: object) => client.call(UpdateSoftwareDeployment, { path: onDeployment(id), body }),
    deleteDeployment: (id: string) => client.call(DeleteSoftwareDeployment, { path: onDeployment(id) }),
    shown: async (id: string) =>
      (await must(client.call(ShowSoftwareDeployment, { path: onDeployment(id) }))).software_deployment,
    listed: async (server_id?: string) => {
      const query = server_id === undefined ? {} : { server_id }
      return (await must(client.call(ListSoftwareDeployments, { path, query }))).software_deployments
    },
    metadata: async (server_id: string) =>
      (await must(client.call(GetServerMetadata, { path: { ...path, server_id } }))).metadata,
    /** With `If-None-Match`; only status and tag. */
    poll: async (server_id: string, etag = '') => {
      const address = `${baseUrl}/v1/${project}/software_deployments/metadata/${server_id}`
      const headers = { 'If-None-Match': etag }
      const signature = sign({ method: 'GET', url: address, headers })
      const response = await fetch(address, { headers: { ...headers, ...signature } })
      return { status: response.status, etag: response.headers.get('etag') ?? '', text: await response.text() }
    },
  }
}

/** The value of an input of a config. */
export function inputValue(config: { inputs: readonly { name: string; value?: unknown }[] }, name: string): string {
  return String(config.inputs.find((input) => input.name === name)?.value ?? '')
}

/** Requests of every software operation; see `operation-requests.ts`. */
import { randomUUID } from 'node:crypto'
import { softwareActions } from '../support/software-actions.ts'
import { benchKey, projectId } from './bench-cloud.ts'
import type { Next } from './operation-requests.ts'

const config = { name: 'bench', group: 'script', config: 'echo hello\n'.repeat(50), outputs: [{ name: 'result' }] }
const server = () => randomUUID()

/** Through the service itself: configs and deployments count their references to each other. */
export async function softwareNexts(baseUrl: string): Promise<Record<string, Next>> {
  const software = softwareActions(baseUrl, benchKey)
  const project = { project_id: projectId }
  const { id: config_id } = await software.config(config)
  const shown = await software.deployment({ config_id, server_id: 'shown' })
  const { etag } = await software.poll('shown')
  const onDeployment = (deployment_id: string) => ({ path: { ...project, deployment_id } })
  /** One that waits for a signal, and the secret of the address that it waits at. */
  const waiting = async () => {
    const { ok, body } = (await software.deploySoftware({ config_id, server_id: server() })) as {
      ok: boolean
      body: { software_deployment: { id: string }; software_config: { inputs: { name: string; value: string }[] } }
    }
    if (!ok) throw new Error('software could not be deployed')
    const address = body.software_config.inputs.find(({ name }) => name === 'deploy_signal_id')?.value ?? ''
    return { ...onDeployment(body.software_deployment.id), secret: new URL(address).searchParams.get('secret') ?? '' }
  }
  const signal: Next = async () => {
    const { path, secret } = await waiting()
    return { path, query: { secret }, body: { result: 'made', deploy_status_code: 0, deploy_stdout: 'done\n' } }
  }
  const onServer = { path: { ...project, server_id: 'shown' } }
  return {
    createSoftwareConfig: () => ({ path: project, body: config }),
    listSoftwareConfigs: () => ({ path: project, query: { limit: '20' } }),
    showSoftwareConfig: () => ({ path: { ...project, config_id } }),
    deleteSoftwareConfig: async () => ({ path: { ...project, config_id: (await software.config(config)).id } }),
    createSoftwareDeployment: () => ({ path: project, body: { config_id, server_id: server() } }),
    listSoftwareDeployments: () => ({ path: project, query: { server_id: 'shown' } }),
    showSoftwareDeployment: () => onDeployment(shown.id),
    updateSoftwareDeployment: () => ({ ...onDeployment(shown.id), body: { status_reason: randomUUID() } }),
    deleteSoftwareDeployment: async () =>
      onDeployment((await software.deployment({ config_id, server_id: server() })).id),
    getServerMetadata: () => onServer,
    'getServerMetadata unchanged': () => ({ ...onServer, headers: { 'If-None-Match': etag } }),
    signalSoftwareDeployment: signal,
    putSoftwareDeploymentSignal: signal,
    createSignalAddress: async () => ({ path: (await waiting()).path }),
    revokeSignalAddress: async () => ({ path: (await waiting()).path }),
    deploySoftware: () => ({ path: project, body: { config_id, server_id: server() } }),
  }
}

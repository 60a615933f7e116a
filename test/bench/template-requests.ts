/** Requests of every operation on templates; see `operation-requests.ts`. */
import { randomUUID } from 'node:crypto'
import type { Client } from '../../shared/contract/client.ts'
import { CreateTemplateVersion } from '../../shared/contract/template-versions.ts'
import { CreateTemplate } from '../../shared/contract/templates.ts'
import { must, projectId } from './bench-cloud.ts'
import { shownTemplate, smallTemplate } from './command-scene.ts'
import type { Next } from './operation-requests.ts'

const listed = 20
const project = { project_id: projectId }
const template_body = smallTemplate
const newName = () => `template-${randomUUID()}`

/** Through the service itself, which numbers the versions. */
export async function templateNexts(client: Client): Promise<Record<string, Next>> {
  const create = async (template_name: string) => {
    must(await client.call(CreateTemplate, { path: project, body: { template_name, template_body } }))
    return { ...project, template_name }
  }
  const addVersion = async (path: Awaited<ReturnType<typeof create>>) => {
    const { version_id } = must(await client.call(CreateTemplateVersion, { path, body: { template_body } }))
    return { ...path, version_id }
  }
  const path = await create('shown')
  const version = await addVersion(path)
  for (let count = 1; count < listed; count += 1) await create(newName())
  const several = await create('versions')
  return {
    CreateTemplate: () => ({ path: project, body: { template_name: newName(), template_body } }),
    ListTemplates: () => ({ path: project, query: { limit: String(listed) } }),
    ShowTemplateMetadata: () => ({ path }),
    UpdateTemplateMetadata: () => ({ path, body: { template_description: randomUUID() } }),
    DeleteTemplate: async () => ({ path: await create(newName()) }),
    // A template of its own each time: its item names all its versions, and grows.
    CreateTemplateVersion: async () => ({ path: await create(newName()), body: { template_body } }),
    ListTemplateVersions: () => ({ path, query: { limit: String(listed) } }),
    ShowTemplateVersionContent: () => ({ path: version }),
    ShowTemplateVersionMetadata: () => ({ path: version }),
    ParseTemplateVariables: () => ({ path: project, body: { template_body: shownTemplate } }),
    DeleteTemplateVersion: async () => ({ path: await addVersion(several) }),
  }
}

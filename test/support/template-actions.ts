/** What a user does with templates, in words a test can read. */
import { expect } from 'vitest'
import type { Call } from '../../shared/contract/client.ts'
import * as onVersions from '../../shared/contract/template-versions.ts'
import * as onTemplates from '../../shared/contract/templates.ts'
import type { TestCloud } from './cloud.ts'
import { project } from './stack-actions.ts'

type Body<Operation extends Parameters<TestCloud['call']>[0]> = NonNullable<Call<Operation>['body']>
type CreateBody = Omit<Body<typeof onTemplates.CreateTemplate>, 'template_name'>
type Guard = { template_id?: string }

/** What a refused request is answered with; `says` stands somewhere in its message. */
export const refusal = (status: number, code: string, says = '') => ({
  status,
  error: { error_code: code, error_msg: expect.stringContaining(says) },
})

export function templateActions(cloud: TestCloud) {
  const inProject = { project_id: project }
  const path = (template_name: string) => ({ ...inProject, template_name })
  const versionPath = (name: string, version_id: string) => ({ ...path(name), version_id })

  const create = (name: string, body: CreateBody, requestId?: string) =>
    cloud.call(onTemplates.CreateTemplate, {
      path: inProject,
      body: { template_name: name, ...body },
      ...(requestId ? { requestId } : {}),
    })
  const content = (name: string, version: string, query: Guard = {}) =>
    cloud.call(onVersions.ShowTemplateVersionContent, { path: versionPath(name, version), query })
  const addVersion = (name: string, body: Body<typeof onVersions.CreateTemplateVersion>, query: Guard = {}) =>
    cloud.call(onVersions.CreateTemplateVersion, { path: path(name), body, query })

  /** Where the content of a version can be fetched for some minutes. */
  async function link(name: string, version: string): Promise<string> {
    const answer = await content(name, version)
    expect(answer.status).toBe(307)
    return answer.headers.get('location') ?? ''
  }

  return {
    create,
    link,
    content,
    addVersion,
    created: async (name: string, body: CreateBody) => cloud.must(await create(name, body)),
    added: async (name: string, body: Body<typeof onVersions.CreateTemplateVersion>) =>
      cloud.must(await addVersion(name, body)).version_id,
    list: async (query: { limit?: number; marker?: string } = {}) =>
      cloud.must(await cloud.call(onTemplates.ListTemplates, { path: inProject, query })),
    summary: async (name: string) => {
      const { templates } = cloud.must(await cloud.call(onTemplates.ListTemplates, { path: inProject }))
      return templates.find((each) => each.template_name === name)
    },
    show: (name: string, query: Guard = {}) =>
      cloud.call(onTemplates.ShowTemplateMetadata, { path: path(name), query }),
    update: (name: string, body: Body<typeof onTemplates.UpdateTemplateMetadata>) =>
      cloud.call(onTemplates.UpdateTemplateMetadata, { path: path(name), body }),
    remove: (name: string, query: Guard = {}) => cloud.call(onTemplates.DeleteTemplate, { path: path(name), query }),
    versions: (name: string, query: Guard & { limit?: number; marker?: string } = {}) =>
      cloud.call(onVersions.ListTemplateVersions, { path: path(name), query }),
    versionIds: async (name: string) => {
      const listed = cloud.must(await cloud.call(onVersions.ListTemplateVersions, { path: path(name) }))
      return listed.versions.map(({ version_id }) => version_id)
    },
    showVersion: (name: string, version: string, query: Guard = {}) =>
      cloud.call(onVersions.ShowTemplateVersionMetadata, { path: versionPath(name, version), query }),
    removeVersion: (name: string, version: string, query: Guard = {}) =>
      cloud.call(onVersions.DeleteTemplateVersion, { path: versionPath(name, version), query }),
    text: async (name: string, version: string) => (await fetch(await link(name, version))).text(),
  }
}

/** Templates and variables as blobs: written before the command commits, immutable afterwards. */
import { createHash } from 'node:crypto'
import { BlobMissing, type Blobs, openBlobs } from '../aws/blobs.ts'
import type { Snapshot, StackRecord } from '../stack/record.ts'
import type { Template, TemplateAndVariables, Variables } from '../template/intake.ts'

type Owner = Pick<StackRecord, 'project' | 'id'>

export interface SnapshotStore {
  /** Stores template and variables of a deployment; nothing refers to them until the command commits. */
  save(owner: Owner, deploymentId: string, input: TemplateAndVariables): Promise<Snapshot>
  template(snapshot: Snapshot): Promise<Template>
  variables(snapshot: Snapshot): Promise<Variables>
  linkToTemplate(snapshot: Snapshot, expiresInSeconds: number): Promise<string>
  /** Deletes what a command stored and then could not commit, but for a template that an earlier deployment uses too. */
  discard(snapshot: Snapshot, inUse?: ReadonlySet<string>): Promise<void>
}

/** Everything that belongs to a stack lies under its prefix, and goes with it. */
export function blobPrefix({ project, id }: Owner): string {
  return `projects/${project}/stacks/${id}/`
}

const templateName = /\/([0-9a-f]{64})\/main\.(tf|tf\.json)$/

async function mustGet(blobs: Blobs, key: string): Promise<string> {
  const content = await blobs.get(key)
  if (content === undefined) throw new BlobMissing(key)
  return content
}

export function openSnapshotStore(blobs: Blobs = openBlobs()): SnapshotStore {
  return {
    save: async (owner, deploymentId, { template, variables }) => {
      const hash = createHash('sha256').update(template.content).digest('hex')
      const templateKey = `${blobPrefix(owner)}templates/${hash}/main.${template.extension}`
      const hasVariables = variables.body !== undefined || variables.structure !== undefined
      const variablesKey = hasVariables ? `${blobPrefix(owner)}variables/${deploymentId}.json` : undefined
      await Promise.all([
        blobs.put(templateKey, template.content, 'text/plain; charset=utf-8'),
        variablesKey && blobs.put(variablesKey, JSON.stringify(variables), 'application/json'),
      ])
      return { deploymentId, templateKey, ...(variablesKey ? { variablesKey } : {}) }
    },
    template: async ({ templateKey }) => {
      const extension = templateName.exec(templateKey)?.[2]
      if (extension !== 'tf' && extension !== 'tf.json') throw new Error(`${templateKey} is not a template's key`)
      return { extension, content: await mustGet(blobs, templateKey) }
    },
    variables: async ({ variablesKey }) =>
      variablesKey ? (JSON.parse(await mustGet(blobs, variablesKey)) as Variables) : {},
    linkToTemplate: ({ templateKey }, expiresInSeconds) => blobs.linkToGet(templateKey, expiresInSeconds),
    discard: async ({ templateKey, variablesKey }, inUse) => {
      const keys = [templateKey, variablesKey].filter((key) => key !== undefined)
      await blobs.delete(keys.filter((key) => !inUse?.has(key)))
    },
  }
}

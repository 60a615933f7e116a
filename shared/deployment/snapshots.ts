/**
 * Templates and variables as blobs: written before the command commits, immutable afterwards. Each deployment has its own,
 * even of an equal template: a blob that two deployments share could be dropped for one while the other begins to use it.
 */
import { BlobMissing, type Blobs, openBlobs } from '../aws/blobs.ts'
import type { Snapshot, StackRecord } from '../stack/record.ts'
import type { Template } from '../template/template.ts'
import { extensionOf, templateBlobs } from '../template/template-blob.ts'
import type { Variables } from '../template/variables.ts'

interface SnapshotInput {
  readonly template: Template
  readonly variables: Variables
  /** Whether the template takes over resources that exist. */
  readonly imports?: boolean
}
type Owner = Pick<StackRecord, 'project' | 'id'>

export interface SnapshotStore {
  /** Stores template and variables of a deployment; nothing refers to them until the command commits. */
  save(owner: Owner, deploymentId: string, input: SnapshotInput): Promise<Snapshot>
  /** Stores those of an execution plan in the plan's own folder, which goes with the plan. */
  saveForPlan(owner: Owner, planId: string, input: SnapshotInput): Promise<Snapshot>
  template(snapshot: Snapshot): Promise<Template>
  variables(snapshot: Snapshot): Promise<Variables>
  linkToTemplate(snapshot: Snapshot, expiresInSeconds: number): Promise<string>
  /** Deletes what a command stored and then could not commit. */
  discard(snapshot: Snapshot): Promise<void>
}

/** Everything that belongs to a stack lies under its prefix, and goes with it. */
export function blobPrefix({ project, id }: Owner): string {
  return `projects/${project}/stacks/${id}/`
}

/** Everything of an execution plan lies under its prefix. */
export function planPrefix(owner: Owner, planId: string): string {
  return `${blobPrefix(owner)}plans/${planId}/`
}

/** @throws BlobMissing */
async function found<Content>(key: string, content: Promise<Content | undefined>): Promise<Content> {
  const value = await content
  if (value === undefined) throw new BlobMissing(key)
  return value
}

async function put(
  blobs: Blobs,
  folder: string,
  deploymentId: string,
  { template, variables, imports }: SnapshotInput,
): Promise<Snapshot> {
  const { name, contentType } = templateBlobs[template.extension]
  const templateKey = `${folder}${name}`
  const variablesKey = `${folder}variables.json`
  const hasVariables = Object.keys(variables).length > 0
  await Promise.all([
    blobs.put(templateKey, template.content, contentType),
    hasVariables && blobs.put(variablesKey, JSON.stringify(variables), 'application/json'),
  ])
  return {
    deploymentId,
    templateKey,
    ...(hasVariables ? { variablesKey } : {}),
    ...(imports ? { imports } : {}),
  }
}

export function openSnapshotStore(blobs: Blobs = openBlobs()): SnapshotStore {
  return {
    save: (owner, deploymentId, input) =>
      put(blobs, `${blobPrefix(owner)}deployments/${deploymentId}/`, deploymentId, input),
    saveForPlan: (owner, planId, input) => put(blobs, planPrefix(owner, planId), planId, input),
    template: async ({ templateKey }) => {
      const extension = extensionOf(templateKey)
      return { extension, content: await found(templateKey, blobs.getBytes(templateKey)) }
    },
    variables: async ({ variablesKey }) =>
      variablesKey ? (JSON.parse(await found(variablesKey, blobs.get(variablesKey))) as Variables) : {},
    linkToTemplate: ({ templateKey }, expiresInSeconds) => blobs.linkToGet(templateKey, expiresInSeconds),
    discard: ({ templateKey, variablesKey }) =>
      blobs.delete([templateKey, variablesKey].filter((key) => key !== undefined)),
  }
}

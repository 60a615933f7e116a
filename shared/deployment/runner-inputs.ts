/**
 * What the engine gets for a job: template, variables in clear, credentials of the stack's agencies, and the texts that
 * nothing may show. Made just before the run, held in memory only.
 */
import { type AgencyOwner, agencyCredentials } from '../agency/agency-credentials.ts'
import { BlobMissing } from '../aws/blobs.ts'
import { createLog, errorFields } from '../aws/log.ts'
import type { ResultLine, RunnerRequest } from '../engine/protocol.ts'
import { differentSnapshots, type Snapshot, type StackRecord } from '../stack/record.ts'
import { openVariables } from '../template/encrypted-variables.ts'
import { sensitiveValues, withTrimmed } from '../template/sensitive-values.ts'
import { filesOfTemplate } from '../template/template.ts'
import { shortest } from '../template/template-files.ts'
import { isSecretMissing, type JobSecrets } from './job-secrets.ts'
import { bytesOf, mostInputBytes } from './request-size.ts'
import type { SnapshotStore } from './snapshots.ts'

export type RunnerInputs = Pick<RunnerRequest, 'files' | 'variables' | 'providerEnvironment' | 'secrets'>

interface InputSources {
  readonly snapshots: SnapshotStore
  readonly secrets: JobSecrets
}

/** Only texts of control characters can be so large: each of them takes six bytes in a request. */
export class InputsTooLarge extends Error {
  constructor() {
    super('The sensitive values of the template and the variables are too large for one run; make them shorter.')
    this.name = 'InputsTooLarge'
  }
}

/** Inputs that cannot be had, with a message for people. */
function isUnusable(error: unknown): error is Error {
  return isSecretMissing(error) || error instanceof InputsTooLarge
}

/**
 * @param seconds how long the credentials must hold
 * @throws VariableUnreadable, AgencyUnusable or InputsTooLarge, whose messages are for people
 */
export async function runnerInputs(
  { snapshots, secrets }: InputSources,
  owner: AgencyOwner,
  snapshot: Snapshot,
  seconds: number,
): Promise<RunnerInputs> {
  const [template, variables] = await Promise.all([snapshots.template(snapshot), snapshots.variables(snapshot)])
  const files = await filesOfTemplate(template)
  const [opened, credentials] = await Promise.all([
    openVariables(secrets.variableKeys, owner.project, variables.structure ?? []),
    agencyCredentials(secrets.agencies, owner, seconds),
  ])
  const { structure } = opened
  const { body, uriContent } = variables
  const given = {
    structure,
    ...(body === undefined ? {} : { body }),
    ...(uriContent === undefined ? {} : { uriContent }),
  }
  const hidden = [...withTrimmed([...opened.secrets, ...credentials.secrets]), ...(await sensitiveValues(files, given))]
  const inputs = {
    files: files.map(shortest),
    variables: given,
    ...(Object.keys(credentials.environment).length > 0 ? { providerEnvironment: credentials.environment } : {}),
    ...(hidden.length > 0 ? { secrets: [...new Set(hidden)] } : {}),
  }
  if (bytesOf(inputs) > mostInputBytes) throw new InputsTooLarge()
  return inputs
}

/**
 * The same for every other template of the stack, the last one asked for first: one of them may have made what the state
 * lacks. Those that cannot be had any more are left out.
 */
export async function otherInputs(
  sources: InputSources,
  owner: AgencyOwner & Pick<StackRecord, 'target' | 'previous' | 'stable'>,
  own: Snapshot,
  seconds: number,
): Promise<RunnerInputs[]> {
  const others = differentSnapshots([own, owner.target, owner.previous, owner.stable]).slice(1)
  const inputs = others.map((snapshot) =>
    runnerInputs(sources, owner, snapshot, seconds).catch((error) => {
      if (!(error instanceof BlobMissing) && !isUnusable(error)) throw error
      createLog({ project: owner.project, stackId: owner.id }).warn(
        'another template cannot be used',
        errorFields(error),
      )
      return undefined
    }),
  )
  return (await Promise.all(inputs)).filter((found) => found !== undefined)
}

/**
 * The end of a run that could not begin because its inputs cannot be had: it touched nothing.
 * @throws the error itself when it is another one
 */
export function failedForInputs(error: unknown, { project, id }: Pick<AgencyOwner, 'project' | 'id'>): ResultLine {
  if (!isUnusable(error)) throw error
  createLog({ project, stackId: id }).warn('a run did not begin for want of its inputs', errorFields(error))
  const facts = { stateSaved: false, viewComplete: false, touchedResources: false }
  return { type: 'result', outcome: 'failed', message: error.message, ...facts }
}

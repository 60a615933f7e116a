/** A stack's agencies -> the environment that their providers take credentials from. */
import type { Agency } from '../contract/fields.ts'
import type { StackRecord } from '../stack/record.ts'
import type { AgencySecrets, AgencyValues } from './agency-secrets.ts'
import type { AssumeRole } from './assume-role.ts'
import { secretTexts, variablesProblem } from './provider-variables.ts'

/** An agency that gives no credentials; the message is for people and holds no credential. */
export class AgencyUnusable extends Error {
  constructor(agency: Agency, why: string, options?: { cause: unknown }) {
    super(`The agency ${nameOf(agency)} of the provider ${agency.provider_name} cannot be used: ${why}`, options)
    this.name = 'AgencyUnusable'
  }
}

export interface ProviderCredentials {
  readonly environment: Readonly<Record<string, string>>
  /** Texts in it that nothing may show. */
  readonly secrets: readonly string[]
}

export interface AgencySources {
  readonly secrets: AgencySecrets
  /** Absent where there is nobody to ask for a role. */
  readonly assumeRole?: AssumeRole | undefined
}

export type AgencyOwner = Pick<StackRecord, 'project' | 'id' | 'agencies'>

const awsRole = /^arn:aws[a-z-]*:iam::\d{12}:role\//
const awsProviders = ['aws', 'awscc']

/** A role that another role assumes lives for an hour at most, and 15 minutes at least [AWS STS: AssumeRole]. */
const roleSeconds = { least: 900, most: 3600 }

const nameOf = ({ agency_name: name, agency_urn: urn }: Agency) => name ?? urn ?? ''

/** What a role's trust policy names as `sts:ExternalId`. */
export const externalIdOf = ({ project, id }: AgencyOwner) => `${project}/${id}`

/**
 * Credentials of all agencies of a stack.
 * @param seconds how long they are needed
 * @throws AgencyUnusable
 */
export async function agencyCredentials(
  sources: AgencySources,
  owner: AgencyOwner,
  seconds: number,
): Promise<ProviderCredentials> {
  const agencies = owner.agencies ?? []
  const found = await Promise.all(agencies.map((agency) => valuesOf(sources, owner, agency, seconds)))
  const environment: Record<string, string> = {}
  for (const [at, values] of found.entries()) {
    for (const [name, value] of Object.entries(values)) {
      if (Object.hasOwn(environment, name) && environment[name] !== value) {
        throw new AgencyUnusable(agencies[at]!, `another agency sets ${name} to something else.`)
      }
      environment[name] = value
    }
  }
  return { environment, secrets: found.flatMap((values, at) => secretTexts(agencies[at]!.provider_name, values)) }
}

function valuesOf(
  { secrets, assumeRole }: AgencySources,
  owner: AgencyOwner,
  agency: Agency,
  seconds: number,
): Promise<AgencyValues> {
  const roleArn = agency.agency_urn
  if (roleArn !== undefined && awsRole.test(roleArn)) return roleValues(assumeRole, owner, agency, roleArn, seconds)
  return storedValues(secrets, owner, agency)
}

async function roleValues(
  assumeRole: AssumeRole | undefined,
  owner: AgencyOwner,
  agency: Agency,
  roleArn: string,
  seconds: number,
): Promise<AgencyValues> {
  if (!awsProviders.includes(agency.provider_name)) {
    throw new AgencyUnusable(agency, 'only the providers aws and awscc take an AWS role.')
  }
  if (!assumeRole) {
    throw new AgencyUnusable(
      agency,
      'this installation cannot assume AWS roles; name an agency with stored credentials.',
    )
  }
  const durationSeconds = Math.min(roleSeconds.most, Math.max(roleSeconds.least, Math.ceil(seconds)))
  const externalId = externalIdOf(owner)
  try {
    const credentials = await assumeRole({ roleArn, externalId, sessionName: `rfs-${owner.id}`, durationSeconds })
    return {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
    }
  } catch (cause) {
    const why = `the role could not be assumed. Its trust policy must allow the service, with the external id ${externalId}.`
    throw new AgencyUnusable(agency, why, { cause })
  }
}

/** By its name; a URN of the form `iam::<domain>:agency:<name>` stands for that name. */
async function storedValues(secrets: AgencySecrets, owner: AgencyOwner, agency: Agency): Promise<AgencyValues> {
  const name = agency.agency_name ?? agency.agency_urn?.split(':agency:')[1] ?? ''
  const provider = agency.provider_name
  const found = await secrets.find({ project: owner.project, provider, agency: name }).catch((cause) => {
    throw new AgencyUnusable(agency, 'its stored credentials could not be read.', { cause })
  })
  if (!found) throw new AgencyUnusable(agency, 'no credentials are stored for it; an operator must set them.')
  // Checked when they were set, and again by the rules of now: nothing else may get into the engine's environment.
  const problem = variablesProblem(provider, found)
  if (problem !== undefined) throw new AgencyUnusable(agency, problem)
  return found
}

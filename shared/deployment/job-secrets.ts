/** What a job takes from where secrets are kept, opened from the worker's environment. */
import { type AgencySources, AgencyUnusable } from '../agency/agency-credentials.ts'
import { openAgencySecrets } from '../agency/agency-secrets.ts'
import { openAssumeRole } from '../agency/assume-role.ts'
import { kmsKeyService, openKeyService } from '../auth/kms.ts'
import { localKeyService } from '../auth/secrets.ts'
import { awsRuntime, localSecretsKey } from '../aws/environment.ts'
import type { Table } from '../aws/table.ts'
import { type KeysById, VariableUnreadable } from '../template/encrypted-variables.ts'

export interface JobSecrets {
  readonly agencies: AgencySources
  /** Keys of encrypted variables. */
  readonly variableKeys: KeysById
}

/** Nothing is opened before a job needs it. On one machine its own key stands for every key, and there are no roles. */
export function openJobSecrets(table: Table): JobSecrets {
  const { region, accessKeyId, secretAccessKey, sessionToken, kmsEndpoint, stsEndpoint } = awsRuntime()
  const aws = { region, accessKeyId, secretAccessKey, sessionToken }
  const localKey = localSecretsKey()
  return {
    agencies: {
      secrets: openAgencySecrets(table, openKeyService),
      ...(localKey === undefined || stsEndpoint
        ? { assumeRole: openAssumeRole({ ...aws, endpoint: stsEndpoint }) }
        : {}),
    },
    variableKeys: (keyId) =>
      localKey === undefined
        ? kmsKeyService({ ...aws, keyArn: keyId, endpoint: kmsEndpoint })
        : localKeyService(localKey),
  }
}

/** A secret that a job needs and cannot have: the job fails, and says which. */
export function isSecretMissing(error: unknown): error is AgencyUnusable | VariableUnreadable {
  return error instanceof AgencyUnusable || error instanceof VariableUnreadable
}

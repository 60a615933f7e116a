/**
 * The environment variables by which providers take credentials, from each provider's own documentation. Only these can be
 * set: any other name could change what runs (`PATH`, `LD_PRELOAD`, `TF_CLI_ARGS`), and names of files are left out because
 * they would make a provider read files of the runner.
 */

export interface ProviderVariables {
  /** Values that nothing may show. */
  readonly secret: readonly string[]
  /** Where, and as whom: of no use without a secret. */
  readonly plain: readonly string[]
}

const aws = {
  secret: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
  plain: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
}
const openstackPlain = [
  ...['OS_AUTH_URL', 'OS_REGION_NAME', 'OS_USERNAME', 'OS_USER_ID', 'OS_TENANT_ID', 'OS_TENANT_NAME'],
  ...['OS_PROJECT_ID', 'OS_PROJECT_NAME', 'OS_DOMAIN_ID', 'OS_DOMAIN_NAME', 'OS_USER_DOMAIN_ID', 'OS_USER_DOMAIN_NAME'],
  ...['OS_PROJECT_DOMAIN_ID', 'OS_PROJECT_DOMAIN_NAME', 'OS_DEFAULT_DOMAIN', 'OS_ENDPOINT_TYPE'],
]
const google = {
  secret: ['GOOGLE_CREDENTIALS', 'GOOGLE_OAUTH_ACCESS_TOKEN'],
  plain: ['GOOGLE_PROJECT', 'GOOGLE_REGION', 'GOOGLE_ZONE'],
}
const azure = {
  secret: ['ARM_CLIENT_SECRET', 'ARM_OIDC_TOKEN'],
  plain: ['ARM_CLIENT_ID', 'ARM_TENANT_ID', 'ARM_SUBSCRIPTION_ID', 'ARM_ENVIRONMENT', 'ARM_USE_OIDC'],
}

const variablesOf: Readonly<Record<string, ProviderVariables>> = {
  aws,
  awscc: aws,
  huaweicloud: {
    secret: ['HW_ACCESS_KEY', 'HW_SECRET_KEY', 'HW_SECURITY_TOKEN', 'HW_USER_PASSWORD', 'HW_AUTH_TOKEN'],
    plain: [
      ...['HW_REGION_NAME', 'HW_PROJECT_ID', 'HW_PROJECT_NAME', 'HW_DOMAIN_ID', 'HW_DOMAIN_NAME', 'HW_USER_ID'],
      ...['HW_USER_NAME', 'HW_AUTH_URL', 'HW_CLOUD', 'HW_ENTERPRISE_PROJECT_ID', 'HW_MAX_RETRIES'],
      ...['HW_ASSUME_ROLE_AGENCY_NAME', 'HW_ASSUME_ROLE_DOMAIN_NAME', 'HW_ASSUME_ROLE_DOMAIN_ID'],
    ],
  },
  opentelekomcloud: {
    secret: ['OS_ACCESS_KEY', 'OS_SECRET_KEY', 'OS_SECURITY_TOKEN', 'OS_PASSWORD', 'OS_AUTH_TOKEN', 'OS_TOKEN'],
    plain: [...openstackPlain, 'OS_AGENCY_NAME', 'OS_AGENCY_DOMAIN_NAME', 'OS_DELEGATED_PROJECT'],
  },
  openstack: {
    secret: ['OS_PASSWORD', 'OS_AUTH_TOKEN', 'OS_TOKEN', 'OS_APPLICATION_CREDENTIAL_SECRET'],
    plain: [...openstackPlain, 'OS_APPLICATION_CREDENTIAL_ID', 'OS_APPLICATION_CREDENTIAL_NAME'],
  },
  google,
  'google-beta': google,
  azurerm: azure,
  azuread: azure,
  alicloud: {
    secret: ['ALICLOUD_ACCESS_KEY', 'ALICLOUD_SECRET_KEY', 'ALICLOUD_SECURITY_TOKEN'],
    plain: ['ALICLOUD_REGION', 'ALICLOUD_ACCOUNT_ID'],
  },
}

/** Providers whose credentials can be kept. */
export const knownProviders: readonly string[] = Object.keys(variablesOf)

export function providerVariables(provider: string): ProviderVariables | undefined {
  return Object.hasOwn(variablesOf, provider) ? variablesOf[provider] : undefined
}

/** What is wrong with the variables for a provider, as a sentence without any value; undefined when nothing is. */
export function variablesProblem(provider: string, values: Readonly<Record<string, string>>): string | undefined {
  const known = providerVariables(provider)
  if (!known) return `The provider ${provider} has no known variables; known are ${knownProviders.join(', ')}.`
  const names = [...known.secret, ...known.plain]
  const wrong = Object.keys(values).find((name) => !names.includes(name))
  if (wrong !== undefined) return `${wrong} is no variable of the provider ${provider}; it has ${names.join(', ')}.`
  const broken = Object.entries(values).find(([, value]) => value === '' || value.includes('\0'))
  if (broken) return `${broken[0]} is empty or holds a zero character.`
  if (!known.secret.some((name) => Object.hasOwn(values, name))) return `None of ${known.secret.join(', ')} is given.`
  // Anything else would be taken for the name of a file.
  const credentials = values.GOOGLE_CREDENTIALS
  return credentials !== undefined && !credentials.trimStart().startsWith('{')
    ? 'GOOGLE_CREDENTIALS must be the JSON text of a key.'
    : undefined
}

/** The texts among the variables of a provider that nothing may show. */
export function secretTexts(provider: string, values: Readonly<Record<string, string>>): string[] {
  const secret = providerVariables(provider)?.secret ?? []
  return secret.flatMap((name) => {
    const value = values[name]
    if (value === undefined) return []
    return name === 'GOOGLE_CREDENTIALS' ? [value, ...privateKeys(value)] : [value]
  })
}

function privateKeys(text: string): string[] {
  try {
    const key = JSON.parse(text) as Record<string, unknown>
    return [key.private_key, key.private_key_id].filter((part) => typeof part === 'string')
  } catch {
    return []
  }
}

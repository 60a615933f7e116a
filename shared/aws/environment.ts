/**
 * The variables a function may read, in one place. `process.env` appears here only.
 * A function asks for the keys it needs; every missing or malformed one is named in a single error.
 */
import * as z from 'zod/mini'

const variables = {
  TABLE_NAME: z.string().check(z.minLength(3)),
  BUCKET_NAME: z.string().check(z.minLength(3)),
  QUEUE_URL: z.url(),
  RUNNER_FUNCTION_NAME: z.string().check(z.minLength(1)),
  FETCHER_FUNCTION_NAME: z.string().check(z.minLength(1)),
  /** Stacks a project may have `[umn:quotas]`. */
  STACK_QUOTA: z.coerce.number().check(z.int(), z.positive()),
  /** Execution plans a stack may have `[umn:quotas]`. */
  PLAN_QUOTA: z.coerce.number().check(z.int(), z.positive()),
  /** Templates a project may have, and versions a template may have `[umn:quotas]`. */
  TEMPLATE_QUOTA: z.coerce.number().check(z.int(), z.positive()),
  TEMPLATE_VERSION_QUOTA: z.coerce.number().check(z.int(), z.positive()),
  /** `hosted` restricts what a template may do; `open` is for private installations. */
  TEMPLATE_PROFILE: z.enum(['hosted', 'open']),
  /** Hosts that templates and variables are fetched from: names by https, and `name:port` at any address, both by commas. */
  TEMPLATE_HOSTS: z.string(),
  PRIVATE_TEMPLATE_HOSTS: z.string(),
  /** Seconds that one run of the engine may take before it is interrupted and goes on in the next delivery. */
  RUNNER_TIMEOUT_SECONDS: z.coerce.number().check(z.int(), z.positive()),
  /** Characters of an event's message that are kept. */
  EVENT_MESSAGE_CHARACTERS: z.coerce.number().check(z.int(), z.positive()),
  /** KMS key that wraps the data keys of stored secrets. */
  SECRETS_KEY_ARN: z.string().check(z.minLength(1)),
  /** Who signs tokens, for whom, and where the keys to check them are; no token is accepted while one is empty. */
  TOKEN_ISSUER: z.string(),
  TOKEN_AUDIENCE: z.string(),
  TOKEN_JWKS_URL: z.string(),
  /** `domain=<claim>,project=<claim>,roles=<claim>`; a dot goes into an object. */
  TOKEN_CLAIMS: z.string(),
  /** `<role of the issuer>=full|plan|read|server,...` */
  TOKEN_ROLES: z.string(),
  /** Bytes that the body of a request may have. */
  MAX_REQUEST_BYTES: z.coerce.number().check(z.int(), z.positive()),
  /** Commands that one project may send in a minute. */
  COMMANDS_PER_MINUTE: z.coerce.number().check(z.int(), z.positive()),
  /** Stacks, and execution plans, of one project that may be in creation at the same time. */
  STACKS_IN_CREATION: z.coerce.number().check(z.int(), z.positive()),
  PLANS_IN_CREATION: z.coerce.number().check(z.int(), z.positive()),
  /** `<project>=<project>,...`: in which other project the software deployments of a project may show; `*` is any. */
  STACK_USER_PROJECTS: z.string(),
} as const

export type VariableName = keyof typeof variables
export type Environment = { [Name in VariableName]: z.infer<(typeof variables)[Name]> }

/**
 * Reads and checks the named variables.
 * @throws Error listing every variable that is missing or malformed.
 */
export function readEnvironment<Name extends VariableName>(...names: Name[]): Pick<Environment, Name> {
  const problems: string[] = []
  const values: Partial<Environment> = {}
  for (const name of names) {
    const result = z.safeParse(variables[name], process.env[name])
    if (result.success) Object.assign(values, { [name]: result.data })
    else problems.push(`${name}: ${process.env[name] === undefined ? 'is not set' : 'has an unusable value'}`)
  }
  if (problems.length > 0) throw new Error(`the function's environment is incomplete: ${problems.join('; ')}`)
  return values as Pick<Environment, Name>
}

/**
 * Identifies the machine where all functions live on one that starts and stops as a whole: what an earlier start of it had
 * claimed is free, because nobody of then is alive. Absent where functions come and go by themselves.
 */
export function singleHostId(): string | undefined {
  return process.env.RFS_SINGLE_HOST_ID
}

/**
 * Folders of the service that no engine may see, where all functions live on one machine and it can hide them. Absent in the
 * cloud, where a sandbox holds nothing but its run, and on machines that cannot.
 */
export function hiddenFolders(): readonly string[] | undefined {
  const text = process.env.RFS_HIDDEN_FOLDERS
  return text === undefined ? undefined : z.array(z.string()).parse(JSON.parse(text))
}

/** 32 bytes in base64 that take the place of KMS where all functions live on one machine. Absent in the cloud. */
export function localSecretsKey(): string | undefined {
  return process.env.RFS_SECRETS_KEY
}

/** `<project>:<token>`: a token that opens one project while people try the service on their machine. Absent in the cloud. */
export function developmentToken(): { readonly project: string; readonly token: string } | undefined {
  const [, project, token] = /^([^:]+):(.+)$/.exec(process.env.RFS_DEVELOPMENT_TOKEN ?? '') ?? []
  return project && token ? { project, token } : undefined
}

/** The region, the credentials and the endpoint overrides that the Lambda runtime (or the local one) provides. */
export function awsRuntime() {
  return {
    region: process.env.AWS_REGION ?? 'us-east-1',
    accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? '',
    sessionToken: process.env.AWS_SESSION_TOKEN,
    bucketEndpoint: process.env.AWS_ENDPOINT_URL_S3,
    kmsEndpoint: process.env.AWS_ENDPOINT_URL_KMS,
    stsEndpoint: process.env.AWS_ENDPOINT_URL_STS,
    lambdaEndpoint: process.env.AWS_ENDPOINT_URL_LAMBDA,
  }
}

/** Where the objects of the service's bucket are: `root` has no slash at its end, and is this machine's own when local. */
export function bucketAddress(): { readonly root: string; readonly isLocal: boolean } {
  const { BUCKET_NAME: bucket } = readEnvironment('BUCKET_NAME')
  const { region, bucketEndpoint } = awsRuntime()
  return {
    root: `${bucketEndpoint ?? `https://s3.${region}.amazonaws.com`}/${bucket}`,
    isLocal: bucketEndpoint !== undefined,
  }
}

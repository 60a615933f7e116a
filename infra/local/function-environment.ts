/** The environment variables of a function's thread: Lambda's own, the template's, and nothing of this process's. */
import { devNull } from 'node:os'
import type { FunctionDefinition } from './cloud-model.ts'
import { localRegion } from './physical-names.ts'
import { localCredentials } from './sdk-settings.ts'

/** What this start of this machine gives to every function. */
export type Machine = {
  /** A new one at each start: see `singleHostId` in shared/aws/environment.ts. */
  startId: string
  /** For temporary files; absent: the machine's own. */
  temporaryFolder?: string | undefined
  /** What no engine may see; absent when this machine cannot hide it. */
  hiddenFolders?: readonly string[] | undefined
  /** Takes the place of KMS: 32 bytes in base64. */
  secretsKey: string
  /** A token that opens one project. */
  developmentToken?: { project: string; token: string } | undefined
}

export type Endpoints = { dynamodb: string; sqs: string; s3: string; lambda: string }

/**
 * `PATH` is the machine's, whatever the template says for the cloud, and so is `TMPDIR`. A function with a layer runs the
 * engine; it also gets `RFS_ENGINE` and what the engine must not see.
 * @param host the variables of this process
 * @param machine what is the same for every function of this start
 */
export function buildEnvironment(
  definition: FunctionDefinition,
  endpoints: Endpoints,
  host: NodeJS.ProcessEnv,
  { startId, temporaryFolder, hiddenFolders, secretsKey, developmentToken }: Machine,
): Record<string, string> {
  // Where the template grants the use of the cloud's key: the functions that check callers and the worker, never the engine's.
  const usesSecrets = definition.environment.SECRETS_KEY_ARN !== undefined
  const checksCallers = definition.environment.TOKEN_ISSUER !== undefined
  const machine = {
    RFS_SECRETS_KEY: usesSecrets ? secretsKey : undefined,
    RFS_DEVELOPMENT_TOKEN:
      checksCallers && developmentToken ? `${developmentToken.project}:${developmentToken.token}` : undefined,
    RFS_SINGLE_HOST_ID: startId,
    PATH: host.PATH,
    TMPDIR: temporaryFolder ?? host.TMPDIR,
    RFS_ENGINE: definition.usesLayers ? host.RFS_ENGINE : undefined,
    RFS_HIDDEN_FOLDERS: definition.usesLayers && hiddenFolders ? JSON.stringify(hiddenFolders) : undefined,
  }
  const environment = {
    AWS_REGION: localRegion,
    AWS_DEFAULT_REGION: localRegion,
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMegabytes),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${definition.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    LAMBDA_TASK_ROOT: definition.codeFolder,
    _HANDLER: definition.handler,
    TZ: 'UTC',
    LANG: 'en_US.UTF-8',
    ...definition.environment,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_LAMBDA: endpoints.lambda,
    // The SDK would otherwise read the developer's own profile.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    ...machine,
  }
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

/**
 * The functions of a running cloud outside of it, each in processes of its own: the same bundles, variables and stores. What
 * they put on the queue stays there, because it is another queue than the one that the cloud's worker is fed from.
 */
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { type FunctionDefinition, readCloudModel } from '../../infra/local/cloud-model.ts'
import { buildEnvironment, type Endpoints } from '../../infra/local/function-environment.ts'
import { resolveResources } from '../../infra/local/resolved-resource.ts'
import { sdkSettings } from '../../infra/local/sdk-settings.ts'
import { readAssembly } from '../../infra/local/template.ts'
import { operations } from '../../shared/contract/index.ts'
import type { BenchCloud } from './bench-cloud.ts'
import { type FunctionProcess, startFunctionProcess } from './function-process.ts'

export interface FunctionBed {
  readonly queueUrl: string
  /** @param name an operation's id, or the name of a function behind the API */
  start(name: string): FunctionProcess
  memoryMegabytes(name: string): number
  close(): void
}

export interface BedOptions {
  /** In front of the cloud's own, to see what passes; absent: the cloud's own. */
  readonly endpoints?: Endpoints
  /** Absent: secrets are opened with the machine's own key. */
  readonly kmsEndpoint?: string
}

const logicalNames: Readonly<Record<string, string>> = {
  ...Object.fromEntries(operations.map(({ id, operationId }) => [id, `Functions${operationId}`])),
  worker: 'FunctionsWorker',
  sweeper: 'FunctionsSweeper',
  'dead-letter': 'FunctionsDeadLetter',
  runner: 'RunnerFunction',
  fetcher: 'FetcherFunction',
}

/** CDK ends a logical id with eight digits of a hash. */
function definitionOf(functions: readonly FunctionDefinition[], name: string): FunctionDefinition {
  const logicalName = logicalNames[name]
  const found = functions.find(({ logicalId }) => logicalId.slice(0, -8) === logicalName)
  if (!found) throw new Error(`the template has no function ${name}`)
  return found
}

async function createQuietQueue({ endpoints }: BenchCloud): Promise<string> {
  const client = new SQSClient(sdkSettings(endpoints.sqs))
  const Attributes = { FifoQueue: 'true', VisibilityTimeout: '960' }
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'quiet.fifo', Attributes }))
  client.destroy()
  return new URL(QueueUrl ?? '').pathname
}

export async function openFunctionBed(
  cloud: BenchCloud,
  assemblyFolder: string,
  { endpoints = cloud.endpoints, kmsEndpoint }: BedOptions = {},
): Promise<FunctionBed> {
  const assembly = await readAssembly(assemblyFolder)
  const model = readCloudModel(resolveResources(assembly, cloud.parameters, endpoints.sqs), assembly.assetFolders)
  const queueUrl = new URL(await createQuietQueue(cloud), endpoints.sqs).href
  const started: FunctionProcess[] = []
  const machine = { startId: 'bench', secretsKey: cloud.secretsKey }
  const environmentOf = (definition: FunctionDefinition) => {
    const { RFS_SECRETS_KEY, ...environment } = buildEnvironment(definition, endpoints, process.env, machine)
    return {
      ...environment,
      ...(environment.QUEUE_URL === undefined ? {} : { QUEUE_URL: queueUrl }),
      ...(kmsEndpoint ? { AWS_ENDPOINT_URL_KMS: kmsEndpoint } : RFS_SECRETS_KEY ? { RFS_SECRETS_KEY } : {}),
    }
  }
  return {
    queueUrl,
    start: (name) => {
      const definition = definitionOf(model.functions, name)
      const process = startFunctionProcess(definition.codeFolder, environmentOf(definition))
      started.push(process)
      return process
    },
    memoryMegabytes: (name) => definitionOf(model.functions, name).memoryMegabytes,
    close: () => {
      for (const process of started) void process.stop()
    },
  }
}

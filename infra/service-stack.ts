/**
 * The whole service, top to bottom: requests come in through the API, each to its own function; commands leave a job in the
 * queue; the worker takes it and has the runner run the engine; table and bucket remember everything.
 */
import { CfnOutput, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { Operation } from '../shared/contract/operation.ts'
import type { BundledFunction } from './bundle.ts'
import { Api } from './constructs/api.ts'
import { DeploymentQueue } from './constructs/deployment-queue.ts'
import { Fetcher } from './constructs/fetcher.ts'
import { Functions } from './constructs/functions.ts'
import { Observability } from './constructs/observability.ts'
import { declareParameters } from './constructs/parameters.ts'
import { Runner } from './constructs/runner.ts'
import { SecretsKey } from './constructs/secrets-key.ts'
import { Storage } from './constructs/storage.ts'

export interface ServiceStackProps extends StackProps {
  /** What the API offers. */
  readonly operations: readonly Operation[]
  /** The code of every operation and job function, by name. */
  readonly bundles: readonly Pick<BundledFunction, 'name' | 'folder'>[]
}

export class ServiceStack extends Stack {
  constructor(scope: Construct, id: string, { operations, bundles, ...stackProps }: ServiceStackProps) {
    super(scope, id, stackProps)
    const folders = new Map(bundles.map(({ name, folder }) => [name, folder]))
    const folderOf = (name: string) => {
      const folder = folders.get(name)
      if (!folder) throw new Error(`there is no bundle of the function ${name}`)
      return folder
    }
    // Empty ARNs are what the rule and the condition on these parameters are for.
    Validations.of(this).acknowledge({
      id: 'CloudFormation-Validate::W1030',
      reason: 'EngineLayerArn is checked by a rule at deploy, AlarmTopicArn is used under a condition',
    })
    const parameters = declareParameters(this)
    const { table, bucket } = new Storage(this, 'Storage')
    const { key: secretsKey } = new SecretsKey(this, 'Secrets')
    const deployments = new DeploymentQueue(this, 'Deployments', parameters)
    const runner = new Runner(this, 'Runner', { ...parameters, folder: folderOf('runner') })
    const fetcher = new Fetcher(this, 'Fetcher', { ...parameters, folder: folderOf('fetcher'), bucket })

    const functions = new Functions(this, 'Functions', {
      ...parameters,
      operations,
      folderOf,
      resources: {
        table,
        bucket,
        queue: deployments.queue,
        runner: runner.function,
        fetcher: fetcher.function,
        secretsKey,
      },
      deadLetterQueue: deployments.deadLetterQueue,
    })
    deployments.deliverTo({ ...parameters, worker: functions.worker, deadLetter: functions.deadLetter })
    const api = new Api(this, 'Api', { ...parameters, operations, functions: functions.ofOperation })

    new Observability(this, 'Alarms', {
      ...parameters,
      apiName: api.restApi.restApiName,
      stageName: api.stageName,
      queue: deployments.queue,
      deadLetterQueue: deployments.deadLetterQueue,
      worker: functions.worker,
      sweeper: functions.sweeper,
    })
    new CfnOutput(this, 'ApiUrl', { value: api.url, description: 'Base URL; paths such as /v1/... go behind it.' })
    new CfnOutput(this, 'TableName', { value: table.tableName })
    new CfnOutput(this, 'SecretsKeyArn', { value: secretsKey.keyArn })
    new CfnOutput(this, 'BucketName', { value: bucket.bucketName })
    new CfnOutput(this, 'QueueUrl', { value: deployments.queue.queueUrl })
  }
}

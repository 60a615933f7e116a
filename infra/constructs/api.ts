/** The REST API: the contract's paths and methods, each in front of its function. */
import { Aws, type CfnParameter, RemovalPolicy } from 'aws-cdk-lib'
import {
  AccessLogFormat,
  AwsIntegration,
  EndpointType,
  LogGroupLogDestination,
  MethodLoggingLevel,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway'
import { type IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { Operation } from '../../shared/contract/operation.ts'
import { addGatewayResponses } from './gateway-responses.ts'

export interface ApiProps {
  readonly operations: readonly Operation[]
  /** Function of an operation by its id. */
  readonly functions: ReadonlyMap<string, IFunction>
  /** Requests per second, and above that at once, that each method takes. */
  readonly throttlingRatePerSecond: CfnParameter
  readonly throttlingBurst: CfnParameter
}

/** The contract's paths begin with `/v1` already. */
const stageName = 'rfs'

/** No query string: filters and the like may hold anything. */
const accessLogFields = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  ip: '$context.identity.sourceIp',
  userAgent: '$context.identity.userAgent',
  method: '$context.httpMethod',
  route: '$context.resourcePath',
  path: '$context.path',
  status: '$context.status',
  responseBytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  functionLatencyMs: '$context.integrationLatency',
  functionStatus: '$context.integrationStatus',
  gatewayError: '$context.error.responseType',
}

export class Api extends Construct {
  readonly restApi: RestApi
  readonly stageName = stageName
  /** Base URL without a slash at the end; the contract's paths go behind it. */
  readonly url: string

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id)
    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.restApi = new RestApi(this, 'Rest', {
      // The name is a dimension of the API's metrics, so two installations must not share it.
      restApiName: Aws.STACK_NAME,
      description: 'Resource formation: stacks of Terraform templates',
      endpointTypes: [EndpointType.REGIONAL],
      // Access logs need a role that belongs to the account, not to an API. It stays when the stack goes: others may use it.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: {
        stageName,
        throttlingRateLimit: props.throttlingRatePerSecond.valueAsNumber,
        throttlingBurstLimit: props.throttlingBurst.valueAsNumber,
        accessLogDestination: new LogGroupLogDestination(accessLog),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(accessLogFields)),
        // Execution logs would hold request bodies, and these hold secrets.
        loggingLevel: MethodLoggingLevel.OFF,
        dataTraceEnabled: false,
      },
    })
    // `ApiUrl` of the stack says it in the form that clients need.
    this.restApi.node.tryRemoveChild('Endpoint')
    const invoker = this.addInvoker([...props.functions.values()])
    for (const operation of props.operations) this.addOperation(operation, props.functions, invoker)
    addGatewayResponses(this.restApi)
    this.url = `https://${this.restApi.restApiId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}/${stageName}`
  }

  /** One role instead of a permission per function and method: a stack may have 500 resources, and an API 80 operations. */
  private addInvoker(functions: readonly IFunction[]): IRole {
    return new Role(this, 'Invoker', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
      inlinePolicies: {
        invoke: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['lambda:InvokeFunction'],
              resources: functions.map(({ functionArn }) => functionArn),
            }),
          ],
        }),
      },
    })
  }

  private addOperation(operation: Operation, functions: ApiProps['functions'], invoker: IRole): void {
    const target = functions.get(operation.id)
    if (!target) throw new Error(`operation ${operation.id} has no function`)
    const integration = new AwsIntegration({
      service: 'lambda',
      proxy: true,
      path: `2015-03-31/functions/${target.functionArn}/invocations`,
      integrationHttpMethod: 'POST',
      options: { credentialsRole: invoker },
    })
    for (const path of [operation.path, ...(operation.alsoAt ?? [])]) {
      this.restApi.root
        .resourceForPath(path)
        .addMethod(operation.method, integration, { operationName: operation.operationId })
    }
  }
}

/** What every function of the service has in common: its own log group, and a role that may write there and nothing else. */
import { type Duration, RemovalPolicy } from 'aws-cdk-lib'
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  Architecture,
  Code,
  type FunctionProps,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import type { Grants } from './grants.ts'

export interface ServiceFunctionProps {
  readonly description: string
  /** The bundled folder. */
  readonly folder: string
  readonly timeout: Duration
  /** What it may do beyond writing its log, and the variables that tell it where. */
  readonly grants: Grants
  /** Variables that grant nothing. */
  readonly settings?: Readonly<Record<string, string>>
  /** What only some functions need of Lambda. */
  readonly special?: Pick<FunctionProps, 'memorySize' | 'ephemeralStorageSize' | 'layers' | 'recursiveLoop'>
}

/**
 * Lambda gives a share of a core per megabyte. With 512 MB a cold start, which is all work of the core, takes half the time
 * that it takes with 256 MB at the same price; more memory than that buys little, as a warm request mostly waits for the table.
 */
const memoryMegabytes = 512

/** Adds the log group, the role and the function: three resources, whatever the function may do. */
export function addServiceFunction(scope: Construct, id: string, props: ServiceFunctionProps): LambdaFunction {
  const logGroup = new LogGroup(scope, `${id}Logs`, {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const role = new Role(scope, `${id}Role`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: {
      access: new PolicyDocument({
        statements: [
          new PolicyStatement({
            actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
            resources: [logGroup.logGroupArn],
          }),
          ...props.grants.statements,
        ],
      }),
    },
  })
  return new LambdaFunction(scope, id, {
    description: props.description,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    handler: 'index.handler',
    code: Code.fromAsset(props.folder),
    memorySize: memoryMegabytes,
    timeout: props.timeout,
    role,
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    environment: { ...props.grants.variables, ...props.settings },
    ...props.special,
  })
}

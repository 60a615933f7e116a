/**
 * Names, ARNs and attributes of the template's resources on this machine. They come from the logical id only, so that a
 * second start with the same data folder finds what the first one made.
 */
import type { ResourceValues } from './intrinsics.ts'
import type { Template, TemplateResource } from './template.ts'

export const localRegion = 'us-east-1'
/** fauxqs and dynalite both use this account in their ARNs. */
export const localAccountId = '000000000000'

export type PhysicalNameInput = {
  resources: Template['Resources']
  /** `http://127.0.0.1:<port>` of the queue service; queue URLs name the port of this start. */
  queueEndpoint: string
}

const arn = (service: string, resource: string, region = localRegion, account = localAccountId) =>
  `arn:aws:${service}:${region}:${account}:${resource}`

type Describe = (logicalId: string, properties: Record<string, unknown>, input: PhysicalNameInput) => ResourceValues

const given = (properties: Record<string, unknown>, key: string) =>
  typeof properties[key] === 'string' ? (properties[key] as string) : undefined

const describe: Record<string, Describe> = {
  'AWS::DynamoDB::Table': (logicalId, properties) => {
    const name = given(properties, 'TableName') ?? logicalId
    return { ref: name, attributes: { Arn: arn('dynamodb', `table/${name}`) } }
  },
  'AWS::SQS::Queue': (logicalId, properties, { queueEndpoint }) => {
    const name = queueName(logicalId, properties)
    const url = `${queueEndpoint}/${localAccountId}/${name}`
    return { ref: url, attributes: { Arn: arn('sqs', name), QueueName: name, QueueUrl: url } }
  },
  'AWS::S3::Bucket': (logicalId, properties) => {
    const name = given(properties, 'BucketName') ?? bucketName(logicalId)
    const domain = `${name}.s3.amazonaws.com`
    const attributes = { Arn: arn('s3', name, '', ''), DomainName: domain, RegionalDomainName: domain }
    return { ref: name, attributes }
  },
  'AWS::Lambda::Function': (logicalId, properties) => {
    const name = given(properties, 'FunctionName') ?? logicalId
    return { ref: name, attributes: { Arn: arn('lambda', `function:${name}`) } }
  },
  'AWS::ApiGateway::RestApi': (logicalId) => ({
    ref: logicalId,
    attributes: { RestApiId: logicalId, RootResourceId: `${logicalId}/` },
  }),
  'AWS::ApiGateway::Stage': (logicalId, properties) => ({
    ref: given(properties, 'StageName') ?? logicalId,
    attributes: {},
  }),
  'AWS::Events::Rule': (logicalId, properties) => {
    const name = given(properties, 'Name') ?? logicalId
    return { ref: name, attributes: { Arn: arn('events', `rule/${name}`) } }
  },
  'AWS::IAM::Role': (logicalId) => ({
    ref: logicalId,
    attributes: { Arn: arn('iam', `role/${logicalId}`, ''), RoleId: logicalId },
  }),
  'AWS::Logs::LogGroup': (logicalId, properties) => {
    const name = given(properties, 'LogGroupName') ?? logicalId
    return { ref: name, attributes: { Arn: arn('logs', `log-group:${name}:*`) } }
  },
  'AWS::CloudWatch::Alarm': (logicalId) => ({
    ref: logicalId,
    attributes: { Arn: arn('cloudwatch', `alarm:${logicalId}`) },
  }),
}

const describeOther: Describe = (logicalId) => ({
  ref: logicalId,
  attributes: { Arn: arn('local', logicalId), Id: logicalId, ResourceId: logicalId, DeploymentId: logicalId },
})

/**
 * What `Ref` and `Fn::GetAtt` give for every resource.
 * A name that the template gives as an intrinsic is not used: names decide identity and must not depend on parameters.
 */
export function describeResources(input: PhysicalNameInput): Map<string, ResourceValues> {
  const entries = Object.entries(input.resources).map(([logicalId, resource]: [string, TemplateResource]) => {
    const describer = describe[resource.Type] ?? describeOther
    return [logicalId, describer(logicalId, resource.Properties ?? {}, input)] as const
  })
  return new Map(entries)
}

/** FIFO queues keep the suffix that SQS demands; the longest name SQS takes is 80 characters. */
function queueName(logicalId: string, properties: Record<string, unknown>): string {
  const name = given(properties, 'QueueName')
  if (name) return name
  const suffix = properties.FifoQueue === true || properties.FifoQueue === 'true' ? '.fifo' : ''
  return `${logicalId.slice(0, 80 - suffix.length)}${suffix}`
}

/** Bucket names are lower case, 3 to 63 characters; a logical id is told from others by its end. */
function bucketName(logicalId: string): string {
  return `local-${logicalId.toLowerCase().slice(-57)}`
}

/** The name in a Lambda ARN, or the name itself. A qualifier after it is dropped: there is one version only. */
export function functionNameOf(nameOrArn: string): string {
  return /(?:^|:)function:([^:/]+)/.exec(nameOrArn)?.[1] ?? nameOrArn.split(':')[0] ?? nameOrArn
}

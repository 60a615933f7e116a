/**
 * What the template asks for, as plain data with every intrinsic resolved and every unit in a name. The parts of the
 * local runtime read this and never the template.
 */
import type { ApiModel } from './api-model.ts'
import { readApiModel } from './api-model.ts'
import { functionNameOf } from './physical-names.ts'
import type { ResolvedResource } from './resolved-resource.ts'
import type { EmulatedType } from './resource-types.ts'
import { readRateSeconds } from './schedules.ts'

export type FunctionDefinition = {
  logicalId: string
  name: string
  arn: string
  /** `<file without extension>.<export>`, as Lambda has it. */
  handler: string
  codeFolder: string
  environment: Record<string, string>
  timeoutSeconds: number
  memoryMegabytes: number
  /** The template gives it a layer, so it is the one that runs the engine. */
  usesLayers: boolean
}

export type TableDefinition = { logicalId: string; name: string; properties: Record<string, unknown> }
export type QueueDefinition = { logicalId: string; name: string; attributes: Record<string, string> }
export type BucketDefinition = { logicalId: string; name: string }

export type EventSourceDefinition = {
  logicalId: string
  queueName: string
  queueArn: string
  functionName: string
  batchSize: number
  maximumConcurrency: number
  reportsBatchItemFailures: boolean
}

export type ScheduleDefinition = {
  logicalId: string
  arn: string
  rateSeconds: number
  targets: { functionName: string; input: string | undefined }[]
}

export type CloudModel = {
  functions: FunctionDefinition[]
  tables: TableDefinition[]
  queues: QueueDefinition[]
  buckets: BucketDefinition[]
  eventSources: EventSourceDefinition[]
  schedules: ScheduleDefinition[]
  api: ApiModel | undefined
}

type Properties = Record<string, unknown>

/** Lambda sets no maximum of its own; this is what one machine starts at most for one queue. */
const defaultMaximumConcurrency = 10

/** @throws Error when a resource has a shape that the local runtime cannot run */
export function readCloudModel(resources: ResolvedResource[], assetFolders: ReadonlyMap<string, string>): CloudModel {
  const ofType = (type: EmulatedType) => resources.filter((resource) => resource.type === type)
  return {
    functions: ofType('AWS::Lambda::Function').map((resource) => readFunction(resource, assetFolders)),
    tables: ofType('AWS::DynamoDB::Table').map(({ logicalId, values, properties }) => ({
      logicalId,
      name: values.ref,
      properties,
    })),
    queues: ofType('AWS::SQS::Queue').map(readQueue),
    buckets: ofType('AWS::S3::Bucket').map(({ logicalId, values }) => ({ logicalId, name: values.ref })),
    eventSources: ofType('AWS::Lambda::EventSourceMapping').filter(isEnabled).map(readEventSource),
    schedules: ofType('AWS::Events::Rule')
      .filter(({ properties }) => properties.State !== 'DISABLED')
      .map(readSchedule),
    api: readApiModel(resources),
  }
}

const isEnabled = ({ properties }: ResolvedResource) => String(properties.Enabled ?? true) === 'true'

function readFunction(resource: ResolvedResource, assetFolders: ReadonlyMap<string, string>): FunctionDefinition {
  const { logicalId, values, properties } = resource
  const code = properties.Code as { S3Key?: string } | undefined
  const codeFolder = assetFolders.get(code?.S3Key ?? '')
  if (!codeFolder) throw new Error(`${logicalId}: its code is not an asset of the assembly`)
  if (typeof properties.Handler !== 'string') throw new Error(`${logicalId}: has no Handler`)
  const variables = (properties.Environment as { Variables?: Properties } | undefined)?.Variables ?? {}
  return {
    logicalId,
    name: values.ref,
    arn: values.attributes.Arn ?? '',
    handler: properties.Handler,
    codeFolder,
    environment: Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)])),
    timeoutSeconds: Number(properties.Timeout ?? 3),
    memoryMegabytes: Number(properties.MemorySize ?? 128),
    usesLayers: resource.declaresLayers,
  }
}

const queueAttributes = [
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'DelaySeconds',
  'FifoQueue',
  'FifoThroughputLimit',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedrivePolicy',
  'VisibilityTimeout',
] as const

/** The template's properties in the form of the SQS API, where every attribute is text. */
function readQueue({ logicalId, properties, values }: ResolvedResource): QueueDefinition {
  const given = queueAttributes.filter((name) => properties[name] !== undefined)
  const asText = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value))
  return {
    logicalId,
    name: values.attributes.QueueName ?? '',
    attributes: Object.fromEntries(given.map((name) => [name, asText(properties[name])])),
  }
}

function readEventSource({ logicalId, properties }: ResolvedResource): EventSourceDefinition {
  const queueArn = String(properties.EventSourceArn)
  if (!queueArn.startsWith('arn:aws:sqs:')) throw new Error(`${logicalId}: only queues are run as event sources`)
  if (properties.FilterCriteria) throw new Error(`${logicalId}: event filters are not known to the local runtime`)
  const scaling = properties.ScalingConfig as { MaximumConcurrency?: unknown } | undefined
  const responseTypes = (properties.FunctionResponseTypes ?? []) as string[]
  return {
    logicalId,
    queueArn,
    queueName: queueArn.split(':').at(-1) ?? '',
    functionName: functionNameOf(String(properties.FunctionName)),
    batchSize: Math.min(10, Number(properties.BatchSize ?? 10)),
    maximumConcurrency: Number(scaling?.MaximumConcurrency ?? defaultMaximumConcurrency),
    reportsBatchItemFailures: responseTypes.includes('ReportBatchItemFailures'),
  }
}

function readSchedule({ logicalId, properties, values }: ResolvedResource): ScheduleDefinition {
  const targets = (properties.Targets ?? []) as { Arn: string; Input?: string }[]
  const others = targets.filter(({ Arn }) => !Arn.includes(':lambda:'))
  if (others.length > 0) throw new Error(`${logicalId}: only functions are run as targets of a rule`)
  return {
    logicalId,
    arn: values.attributes.Arn ?? '',
    rateSeconds: readRateSeconds(logicalId, String(properties.ScheduleExpression ?? '')),
    targets: targets.map(({ Arn, Input }) => ({ functionName: functionNameOf(Arn), input: Input })),
  }
}

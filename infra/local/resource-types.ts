/**
 * The resource types of a template that the local runtime knows. A type in neither list is an error at start: a part of
 * the service that silently does not exist here would make every test through this runtime worthless.
 */
import type { Template } from './template.ts'

/** Types that the local runtime runs. */
export const emulatedTypes = [
  'AWS::ApiGateway::GatewayResponse',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::Resource',
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGateway::Stage',
  'AWS::DynamoDB::Table',
  'AWS::Events::Rule',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
] as const

/**
 * Types that mean something in the cloud only: grants are not enforced here, a key of this machine stands for KMS, logs and metrics go nowhere, and a
 * deployment of an API is the template itself.
 */
export const cloudOnlyTypes = [
  'AWS::ApiGateway::Account',
  'AWS::ApiGateway::Deployment',
  'AWS::CDK::Metadata',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Key',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::Logs::MetricFilter',
  'AWS::S3::BucketPolicy',
  'AWS::SQS::QueuePolicy',
] as const

export type EmulatedType = (typeof emulatedTypes)[number]

/** @throws Error naming every resource of an unknown type */
export function assertKnownTypes(resources: Template['Resources']): void {
  const known = new Set<string>([...emulatedTypes, ...cloudOnlyTypes])
  const unknown = Object.entries(resources).filter(([, { Type }]) => !known.has(Type))
  if (unknown.length > 0) {
    const names = unknown.map(([logicalId, { Type }]) => `${logicalId} (${Type})`).join(', ')
    throw new Error(`the local runtime does not know these resources: ${names}`)
  }
}

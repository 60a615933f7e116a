import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../../shared/contract/index.ts'
import { type Json, type SynthesizedTemplate, synthesizeTemplate } from './synthesized-template.ts'

let service: SynthesizedTemplate
beforeAll(async () => {
  service = await synthesizeTemplate(operations)
})
afterAll(() => service.remove())

/** The only statement of a resource's policy, which must refuse every request without TLS. */
function expectTlsOnly(policy: Json): void {
  expect(policy.Statement).toHaveLength(1)
  expect(policy.Statement[0]).toMatchObject({
    Effect: 'Deny',
    Principal: { AWS: '*' },
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  })
}

describe('the table', () => {
  test('has the keys and indexes that the stores query', () => {
    expect(service.one('AWS::DynamoDB::Table').Properties).toMatchObject({
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      LocalSecondaryIndexes: [
        {
          IndexName: 'listing',
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'listingKey', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'jobs',
          KeySchema: [
            { AttributeName: 'jobShard', KeyType: 'HASH' },
            { AttributeName: 'jobDueAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    })
  })

  test('is encrypted, on demand, recoverable to any second, and lets items expire', () => {
    const table = service.one('AWS::DynamoDB::Table')
    expect(table.Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      SSESpecification: { SSEEnabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    })
    expect([table.DeletionPolicy, table.UpdateReplacePolicy]).toEqual(['Retain', 'Retain'])
  })
})

describe('the bucket', () => {
  test('is private, encrypted, versioned, kept, and forgets old versions after 30 days', () => {
    const bucket = service.one('AWS::S3::Bucket')
    expect(bucket.Properties).toMatchObject({
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      VersioningConfiguration: { Status: 'Enabled' },
      LifecycleConfiguration: {
        Rules: [{ Status: 'Enabled', NoncurrentVersionExpiration: { NoncurrentDays: 30 } }],
      },
    })
    expect(bucket.Properties.LifecycleConfiguration.Rules[0]).not.toHaveProperty('ExpirationInDays')
    expect([bucket.DeletionPolicy, bucket.UpdateReplacePolicy]).toEqual(['Retain', 'Retain'])
  })

  test('refuses requests without TLS', () => {
    const policy = service.one('AWS::S3::BucketPolicy').Properties
    expect(policy.Bucket).toEqual({ Ref: service.one('AWS::S3::Bucket').id })
    expectTlsOnly(policy.PolicyDocument)
  })
})

describe('the queues', () => {
  test('are FIFO and encrypted, and the fifth failed delivery of a job moves it to the dead letters', () => {
    const [jobs, deadLetters] = ['DeploymentsJobs', 'DeploymentsDeadLetters'].map((id) =>
      service.one('AWS::SQS::Queue', id),
    )
    expect(jobs?.Properties).toMatchObject({
      FifoQueue: true,
      SqsManagedSseEnabled: true,
      VisibilityTimeout: { Ref: 'JobVisibilitySeconds' },
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [deadLetters?.id, 'Arn'] }, maxReceiveCount: 5 },
    })
    expect(deadLetters?.Properties).toMatchObject({
      FifoQueue: true,
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 14 * 24 * 3600,
    })
    // Deduplication by content would drop the second attempt of a job.
    expect(jobs?.Properties).not.toHaveProperty('ContentBasedDeduplication')
  })

  test('refuse requests without TLS', () => {
    const policies = service.resources('AWS::SQS::QueuePolicy')
    expect(policies.flatMap(({ Properties }) => Properties.Queues).map(({ Ref }: Json) => Ref)).toEqual(
      expect.arrayContaining(service.resources('AWS::SQS::Queue').map(({ id }) => id)),
    )
    for (const { Properties } of policies) expectTlsOnly(Properties.PolicyDocument)
  })

  test('hand over one message at a time, each with its own outcome: jobs to the worker, dead letters to their function', () => {
    const routes = service.resources('AWS::Lambda::EventSourceMapping').map(({ Properties }) => Properties)
    const oneByOne = { BatchSize: 1, FunctionResponseTypes: ['ReportBatchItemFailures'] }
    expect(routes).toHaveLength(2)
    expect(routes).toEqual(
      expect.arrayContaining([
        {
          ...oneByOne,
          EventSourceArn: { 'Fn::GetAtt': [service.one('AWS::SQS::Queue', 'DeploymentsJobs').id, 'Arn'] },
          FunctionName: { Ref: service.one('AWS::Lambda::Function', 'FunctionsWorker').id },
          ScalingConfig: { MaximumConcurrency: { Ref: 'JobConcurrency' } },
        },
        {
          ...oneByOne,
          EventSourceArn: { 'Fn::GetAtt': [service.one('AWS::SQS::Queue', 'DeploymentsDeadLetters').id, 'Arn'] },
          FunctionName: { Ref: service.one('AWS::Lambda::Function', 'FunctionsDeadLetter').id },
        },
      ]),
    )
  })
})

test('the key of secrets rotates and outlives the stack, as the secrets do', () => {
  expect(service.one('AWS::KMS::Key')).toMatchObject({
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: { EnableKeyRotation: true },
  })
})

/** Where everything is kept: one table for records, one bucket for templates, variables, states and views. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb'
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'

const text = (name: string) => ({ name, type: AttributeType.STRING })

export class Storage extends Construct {
  readonly table: Table
  readonly bucket: Bucket

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.table = new Table(this, 'Table', {
      partitionKey: text('pk'),
      sortKey: text('sk'),
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'expiresAt',
      // Stacks exist outside this service: losing their states would orphan what they made.
      removalPolicy: RemovalPolicy.RETAIN,
    })
    // Local, because a list must show a stack that was created a moment ago: only a local index reads consistently.
    this.table.addLocalSecondaryIndex({
      indexName: 'listing',
      sortKey: text('listingKey'),
      projectionType: ProjectionType.ALL,
    })
    // Sparse: only what is in flight, and has to be looked after, has these attributes.
    this.table.addGlobalSecondaryIndex({
      indexName: 'jobs',
      partitionKey: text('jobShard'),
      sortKey: text('jobDueAt'),
      projectionType: ProjectionType.KEYS_ONLY,
    })
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      versioned: true,
      lifecycleRules: [
        { id: 'forget-old-versions', noncurrentVersionExpiration: Duration.days(30), expiredObjectDeleteMarker: true },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
    })
  }
}

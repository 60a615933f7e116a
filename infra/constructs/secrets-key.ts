/** The key that wraps the data keys of stored secrets. Its rotation changes nothing for what is stored. */
import { RemovalPolicy } from 'aws-cdk-lib'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Construct } from 'constructs'

export class SecretsKey extends Construct {
  readonly key: Key

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.key = new Key(this, 'Key', {
      description: 'Wraps the data keys of access keys and other secrets that the service stores',
      enableKeyRotation: true,
      // Without it no stored secret can ever be read again, and the table that holds them stays as well.
      removalPolicy: RemovalPolicy.RETAIN,
    })
  }
}

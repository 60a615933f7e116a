/**
 * The function that fetches files from addresses that callers name. Its role may write its own log and nothing else: what
 * an address leads to is never asked with the service's rights, and links to stored objects carry their own.
 */
import { type CfnParameter, Duration } from 'aws-cdk-lib'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { Bucket } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import type { VariableName } from '../../shared/aws/environment.ts'
import { noGrants } from './grants.ts'
import { addServiceFunction } from './service-function.ts'

export interface FetcherProps {
  /** The bundled folder. */
  readonly folder: string
  /** Whose stored objects may be fetched by their links. */
  readonly bucket: Bucket
  /** Hosts that may be fetched from. */
  readonly templateHosts: CfnParameter
  readonly privateTemplateHosts: CfnParameter
}

export class Fetcher extends Construct {
  readonly function: LambdaFunction

  constructor(scope: Construct, id: string, props: FetcherProps) {
    super(scope, id)
    const settings = {
      BUCKET_NAME: props.bucket.bucketName,
      TEMPLATE_HOSTS: props.templateHosts.valueAsString,
      PRIVATE_TEMPLATE_HOSTS: props.privateTemplateHosts.valueAsString,
    } satisfies Partial<Record<VariableName, string>>
    this.function = addServiceFunction(this, 'Function', {
      description: 'Fetches templates and variables from the addresses of callers. Holds no permission.',
      folder: props.folder,
      // More than it lets a fetch take, less than an API function waits.
      timeout: Duration.seconds(15),
      grants: noGrants,
      settings,
    })
  }
}

/**
 * The function that runs other people's templates. Its role may write its own log and nothing else; what it needs for a run
 * is in the invocation.
 */
import { type CfnParameter, Duration, Size } from 'aws-cdk-lib'
import { type Function as LambdaFunction, LayerVersion } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { noGrants } from './grants.ts'
import { addServiceFunction } from './service-function.ts'

export interface RunnerProps {
  /** The bundled folder. */
  readonly folder: string
  /** Version of the layer with the engine's binary. */
  readonly engineLayerArn: CfnParameter
  /** Seconds that one run may take. */
  readonly runnerTimeoutSeconds: CfnParameter
}

/** What the Node runtime sets, spelled out because naming `/opt/bin`, where the layer's binary is, replaces all of it. */
const pathWithLayer = '/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin'

export class Runner extends Construct {
  readonly function: LambdaFunction

  constructor(scope: Construct, id: string, props: RunnerProps) {
    super(scope, id)
    this.function = addServiceFunction(this, 'Function', {
      description: 'Runs the engine on one template and streams what happens. Holds no permission.',
      folder: props.folder,
      timeout: Duration.seconds(props.runnerTimeoutSeconds.valueAsNumber),
      grants: noGrants,
      settings: { PATH: pathWithLayer },
      special: {
        // The engine and each provider are processes of their own, of 100 to 500 MB.
        memorySize: 2048,
        // Provider plugins are unpacked here; large ones have 700 MB.
        ephemeralStorageSize: Size.mebibytes(4096),
        layers: [LayerVersion.fromLayerVersionArn(this, 'Engine', props.engineLayerArn.valueAsString)],
      },
    })
  }
}

/** The queue of deployment jobs: in order for one stack, side by side for different ones. */
import { type CfnParameter, Duration } from 'aws-cdk-lib'
import { EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'

export interface DeploymentQueueProps {
  /** Seconds until a job whose worker died is delivered again. */
  readonly jobVisibilitySeconds: CfnParameter
}

export interface Consumers {
  /** Runs jobs. */
  readonly worker: IFunction
  /** Ends the stacks whose jobs were given up. */
  readonly deadLetter: IFunction
  /** Jobs that run at the same time. */
  readonly jobConcurrency: CfnParameter
}

const encryptedFifo = { fifo: true, encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } as const

export class DeploymentQueue extends Construct {
  readonly queue: Queue
  readonly deadLetterQueue: Queue

  constructor(scope: Construct, id: string, props: DeploymentQueueProps) {
    super(scope, id)
    this.deadLetterQueue = new Queue(this, 'DeadLetters', {
      ...encryptedFifo,
      retentionPeriod: Duration.days(14),
      // Six times what its consumer may take, as Lambda advises.
      visibilityTimeout: Duration.minutes(6),
    })
    this.queue = new Queue(this, 'Jobs', {
      ...encryptedFifo,
      retentionPeriod: Duration.days(4),
      visibilityTimeout: Duration.seconds(props.jobVisibilitySeconds.valueAsNumber),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: 5 },
    })
  }

  /** Has Lambda hand over messages one by one, so that a job's outcome is its own. The grants are the functions' own, too. */
  deliverTo({ worker, deadLetter, jobConcurrency }: Consumers): void {
    const oneByOne = { batchSize: 1, reportBatchItemFailures: true } as const
    new EventSourceMapping(this, 'JobsToWorker', {
      ...oneByOne,
      target: worker,
      eventSourceArn: this.queue.queueArn,
      maxConcurrency: jobConcurrency.valueAsNumber,
    })
    new EventSourceMapping(this, 'DeadLettersToFunction', {
      ...oneByOne,
      target: deadLetter,
      eventSourceArn: this.deadLetterQueue.queueArn,
    })
  }
}

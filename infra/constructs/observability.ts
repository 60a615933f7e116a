/** What somebody must hear of, each alarm with what to do about it. Without data nothing is wrong: the service may be idle. */
import { Aws, CfnCondition, type CfnParameter, Fn, Token } from 'aws-cdk-lib'
import { CfnAlarm, type CfnAlarmProps } from 'aws-cdk-lib/aws-cloudwatch'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'

export interface ObservabilityProps {
  /** Dimensions of the API's metrics. */
  readonly apiName: string
  readonly stageName: string
  readonly queue: IQueue
  readonly deadLetterQueue: IQueue
  readonly worker: LambdaFunction
  readonly sweeper: LambdaFunction
  /** Topic that alarms go to; none when empty. */
  readonly alarmTopicArn: CfnParameter
}

interface Metric {
  readonly namespace: string
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly statistic: 'Sum' | 'Maximum'
}

interface AlarmRule {
  readonly description: string
  /** The alarm looks at their sum. */
  readonly metrics: readonly [Metric, ...Metric[]]
  readonly above: number
  /** Periods of five minutes in a row. */
  readonly periods?: number
}

const periodSeconds = 300
const workerErrorLines = 'WorkerErrorLines'
/** A pattern of text, not of JSON: it also holds where the runtime wraps a line of the function in one of its own. */
const errorLine = '%level\\W+ERROR%'

function ofQueue(queue: IQueue, name: string, statistic: Metric['statistic']): Metric {
  return { namespace: 'AWS/SQS', name, dimensions: { QueueName: queue.queueName }, statistic }
}

function errorsOf({ functionName }: LambdaFunction): Metric {
  return { namespace: 'AWS/Lambda', name: 'Errors', dimensions: { FunctionName: functionName }, statistic: 'Sum' }
}

function queueRules({ queue, deadLetterQueue }: ObservabilityProps): Record<string, AlarmRule> {
  return {
    DeadLettersWaiting: {
      description:
        'Jobs were given up and their stacks are not marked as failed yet. Read the log of the dead-letter function and fix the ' +
        'cause; the messages are tried again by themselves for 14 days.',
      // A message that its consumer fails on is in flight nearly all the time, and visible for moments only.
      metrics: [
        ofQueue(deadLetterQueue, 'ApproximateNumberOfMessagesVisible', 'Maximum'),
        ofQueue(deadLetterQueue, 'ApproximateNumberOfMessagesNotVisible', 'Maximum'),
      ],
      above: 0,
      periods: 2,
    },
    JobsGivenUp: {
      description:
        'A job was delivered five times without an outcome and its stack was marked as failed. Find the stack id in the log of the ' +
        'dead-letter function, then the reason in the log of the worker; afterwards the user can continue the deployment.',
      metrics: [ofQueue(deadLetterQueue, 'NumberOfMessagesReceived', 'Sum')],
      above: 0,
    },
    JobsWaitTooLong: {
      description:
        'A deployment has waited for more than 15 minutes. If as many workers run as JobConcurrency allows, deploy with a higher ' +
        'value; if none runs, look for throttles of the worker and for a disabled event source mapping.',
      metrics: [ofQueue(queue, 'ApproximateAgeOfOldestMessage', 'Maximum')],
      above: 15 * 60,
      periods: 2,
    },
  }
}

function functionRules({ apiName, stageName, worker, sweeper }: ObservabilityProps): Record<string, AlarmRule> {
  const api = { ApiName: apiName, Stage: stageName }
  return {
    ApiServerErrors: {
      description:
        'The API answered requests with a 5xx status. Find them in the access log by status, then the request id in the log of ' +
        'the function behind the route.',
      metrics: [{ namespace: 'AWS/ApiGateway', name: '5XXError', dimensions: api, statistic: 'Sum' }],
      above: 0,
    },
    WorkerErrors: {
      description:
        'The worker failed or ran out of time. Its job is delivered again, five times at most. Read its log for level ERROR; if it ' +
        'timed out, WorkerTimeoutSeconds is too close to RunnerTimeoutSeconds.',
      // A job that the worker hands back is no error to Lambda; its log says so.
      metrics: [
        errorsOf(worker),
        { namespace: Aws.STACK_NAME, name: workerErrorLines, dimensions: {}, statistic: 'Sum' },
      ],
      above: 0,
    },
    SweeperErrors: {
      description:
        'The sweeper failed, so jobs that were lost on the way to the queue are not sent again. Read its log; it runs every ' +
        'minute and catches up by itself once the cause is gone.',
      metrics: [errorsOf(sweeper)],
      above: 0,
    },
  }
}

function measured(metrics: AlarmRule['metrics']): Partial<CfnAlarmProps> {
  const plain = metrics.map(({ namespace, name, dimensions, statistic }) => ({
    namespace,
    metricName: name,
    dimensions: Object.entries(dimensions).map(([key, value]) => ({ name: key, value })),
    statistic,
  }))
  if (metrics.length === 1) return { ...plain[0], period: periodSeconds }
  return {
    metrics: [
      { id: 'total', expression: plain.map((_, at) => `FILL(m${at}, 0)`).join(' + '), returnData: true },
      ...plain.map(({ statistic, ...metric }, at) => ({
        id: `m${at}`,
        metricStat: { metric, stat: statistic, period: periodSeconds },
        returnData: false,
      })),
    ],
  }
}

export class Observability extends Construct {
  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id)
    new MetricFilter(this, 'WorkerErrorFilter', {
      logGroup: props.worker.logGroup,
      filterPattern: FilterPattern.literal(errorLine),
      metricNamespace: Aws.STACK_NAME,
      metricName: workerErrorLines,
    })
    const topicArn = props.alarmTopicArn.valueAsString
    const hasTopic = new CfnCondition(this, 'HasTopic', {
      expression: Fn.conditionNot(Fn.conditionEquals(topicArn, '')),
    })
    const actions = Token.asList(Fn.conditionIf(hasTopic.logicalId, [topicArn], Aws.NO_VALUE))
    for (const [name, rule] of Object.entries({ ...queueRules(props), ...functionRules(props) })) {
      new CfnAlarm(this, name, {
        ...measured(rule.metrics),
        alarmDescription: rule.description,
        evaluationPeriods: rule.periods ?? 1,
        threshold: rule.above,
        comparisonOperator: 'GreaterThanThreshold',
        treatMissingData: 'notBreaching',
        alarmActions: actions,
        okActions: actions,
      })
    }
  }
}

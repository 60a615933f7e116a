import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createLog } from '../../../shared/aws/log.ts'
import { operations } from '../../../shared/contract/index.ts'
import { type Json, type SynthesizedTemplate, synthesizeTemplate } from './synthesized-template.ts'

let service: SynthesizedTemplate
beforeAll(async () => {
  service = await synthesizeTemplate(operations)
})
afterAll(() => service.remove())

const alarm = (name: string) => service.one('AWS::CloudWatch::Alarm', `Alarms${name}`).Properties
const plain = ({ Namespace, MetricName, Dimensions, Statistic, Threshold }: Json) => ({
  metric: `${Namespace} ${MetricName} ${Statistic}`,
  dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }: Json) => [Name, Value])),
  above: Threshold,
})

describe('an alarm', () => {
  test('goes off when the API answers 5xx', () => {
    expect(plain(alarm('ApiServerErrors'))).toEqual({
      metric: 'AWS/ApiGateway 5XXError Sum',
      // The same name that the API has, or the alarm would watch nothing.
      dimensions: { ApiName: service.one('AWS::ApiGateway::RestApi').Properties.Name, Stage: 'rfs' },
      above: 0,
    })
  })

  test('goes off when a job has waited for more than 15 minutes', () => {
    const queue = service.one('AWS::SQS::Queue', 'DeploymentsJobs').id
    expect(plain(alarm('JobsWaitTooLong'))).toEqual({
      metric: 'AWS/SQS ApproximateAgeOfOldestMessage Maximum',
      dimensions: { QueueName: { 'Fn::GetAtt': [queue, 'QueueName'] } },
      above: 900,
    })
  })

  test('goes off when a job was given up, and when dead letters stay, in flight or not', () => {
    const queue = service.one('AWS::SQS::Queue', 'DeploymentsDeadLetters').id
    const dimensions = { QueueName: { 'Fn::GetAtt': [queue, 'QueueName'] } }
    expect(plain(alarm('JobsGivenUp'))).toEqual({
      metric: 'AWS/SQS NumberOfMessagesReceived Sum',
      dimensions,
      above: 0,
    })
    const waiting = alarm('DeadLettersWaiting')
    expect(waiting.Threshold).toBe(0)
    expect(waiting.Metrics[0]).toEqual({ Id: 'total', Expression: 'FILL(m0, 0) + FILL(m1, 0)', ReturnData: true })
    const parts = waiting.Metrics.slice(1).map(({ MetricStat: { Metric, Stat } }: Json) => [Metric, Stat])
    const of = (MetricName: string) => ({
      Namespace: 'AWS/SQS',
      MetricName,
      Dimensions: [{ Name: 'QueueName', Value: dimensions.QueueName }],
    })
    expect(parts).toEqual([
      [of('ApproximateNumberOfMessagesVisible'), 'Maximum'],
      [of('ApproximateNumberOfMessagesNotVisible'), 'Maximum'],
    ])
  })

  test('goes off when the worker crashes, and when it hands a job back, which only its log shows', () => {
    const worker = service.one('AWS::Lambda::Function', 'FunctionsWorker')
    const [total, errors, lines] = alarm('WorkerErrors').Metrics
    expect(total.Expression).toBe('FILL(m0, 0) + FILL(m1, 0)')
    expect(errors.MetricStat.Metric).toEqual({
      Namespace: 'AWS/Lambda',
      MetricName: 'Errors',
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: worker.id } }],
    })
    const filter = service.one('AWS::Logs::MetricFilter').Properties
    expect(filter.LogGroupName).toEqual(worker.Properties.LoggingConfig.LogGroup)
    const pattern = new RegExp(/^%(.+)%$/.exec(filter.FilterPattern)![1]!)
    const line = (level: 'info' | 'error') => {
      const written: string[] = []
      const print = vi.spyOn(console, 'log').mockImplementation((text) => void written.push(text))
      const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean(written.push(String(text))))
      createLog({ requestId: 'r' })[level]('the job could not be brought to its end')
      print.mockRestore()
      write.mockRestore()
      return written.join('')
    }
    const wrapped = (text: string) => JSON.stringify({ level: 'INFO', requestId: 'r', message: text })
    expect([line('error'), wrapped(line('error'))].map((text) => pattern.test(text))).toEqual([true, true])
    expect([line('info'), wrapped(line('info'))].map((text) => pattern.test(text))).toEqual([false, false])
    expect(filter.MetricTransformations).toEqual([
      {
        MetricName: lines.MetricStat.Metric.MetricName,
        MetricNamespace: lines.MetricStat.Metric.Namespace,
        MetricValue: '1',
      },
    ])
  })

  test('goes off when the sweeper fails', () => {
    expect(plain(alarm('SweeperErrors'))).toEqual({
      metric: 'AWS/Lambda Errors Sum',
      dimensions: { FunctionName: { Ref: service.one('AWS::Lambda::Function', 'FunctionsSweeper').id } },
      above: 0,
    })
  })

  test('says what to do, is silent while the service idles, and goes to the topic if there is one', () => {
    const condition = Object.keys(service.template.Conditions)[0]
    expect(service.template.Conditions[condition!]).toEqual({
      'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'AlarmTopicArn' }, ''] }],
    })
    for (const { Properties } of service.resources('AWS::CloudWatch::Alarm')) {
      expect(Properties.AlarmDescription).toMatch(/log|deploy/)
      expect(Properties.AlarmDescription.length).toBeLessThan(1024)
      expect(Properties).toMatchObject({
        TreatMissingData: 'notBreaching',
        ComparisonOperator: 'GreaterThanThreshold',
        AlarmActions: { 'Fn::If': [condition, [{ Ref: 'AlarmTopicArn' }], { Ref: 'AWS::NoValue' }] },
      })
    }
  })
})

describe('the parameters', () => {
  test('are these, with these defaults, and each says what it is and what it may be', () => {
    const { Parameters } = service.template
    expect(Object.fromEntries(Object.entries<Json>(Parameters).map(([name, { Default }]) => [name, Default]))).toEqual({
      AgencyRolePattern: 'arn:aws:iam::000000000000:role/none',
      StackQuota: 100,
      PlanQuota: 100,
      TemplateQuota: 100,
      TemplateVersionQuota: 100,
      TemplateProfile: 'hosted',
      TemplateHosts: '',
      PrivateTemplateHosts: '',
      RunnerTimeoutSeconds: 840,
      WorkerTimeoutSeconds: 900,
      JobVisibilitySeconds: 960,
      JobConcurrency: 10,
      EngineLayerArn: '',
      ThrottlingRatePerSecond: 100,
      ThrottlingBurst: 200,
      AlarmTopicArn: '',
      TokenIssuer: '',
      TokenAudience: '',
      TokenJwksUrl: '',
      TokenClaims: 'domain=domain_id,project=project_id,roles=roles',
      TokenRoles: 'full=full,plan=plan,read=read,heat_stack_user=server',
      StackUserProjects: '',
      MaxRequestBytes: 2_097_152,
      CommandsPerMinute: 3000,
      EventMessageCharacters: 4096,
      StacksInCreation: 100,
      PlansInCreation: 100,
    })
    for (const parameter of Object.values<Json>(Parameters)) {
      expect(parameter.Description).toMatch(/\.$/)
      expect(parameter.ConstraintDescription).toMatch(/must be/)
    }
    expect(Parameters.TemplateProfile.AllowedValues).toEqual(['hosted', 'open'])
    // Lambda's own minimum for a queue.
    expect(Parameters.JobConcurrency.MinValue).toBe(2)
  })

  test.each([
    ['', true],
    ['arn:aws:lambda:eu-central-1:123456789012:layer:engine:7', true],
    ['arn:aws-cn:lambda:cn-north-1:123456789012:layer:open_tofu-1:12', true],
    ['arn:aws:lambda:eu-central-1:123456789012:layer:engine', false],
    ['arn:aws:lambda:eu-central-1:123456789012:function:engine:7', false],
    ['engine', false],
  ])('EngineLayerArn %j is taken: %s', (arn, taken) => {
    expect(new RegExp(service.template.Parameters.EngineLayerArn.AllowedPattern).test(arn)).toBe(taken)
  })

  test.each([
    ['TokenJwksUrl', 'https://id.example/keys', true],
    ['TokenJwksUrl', 'http://id.example/keys', false],
    ['TokenClaims', 'domain=a.b,project=c,roles=d', true],
    ['TokenClaims', 'domain=', false],
    ['TokenRoles', 'admin=full,viewer=read', true],
    ['TokenRoles', 'admin=root', false],
    ['TokenRoles', 'agents=server', true],
    ['StackUserProjects', '', true],
    ['StackUserProjects', 'ops=web,infra=*,*=shared_1', true],
    ['StackUserProjects', 'ops', false],
    ['StackUserProjects', 'ops=', false],
    ['StackUserProjects', 'ops=web, infra=web', false],
    ['StackUserProjects', 'ops=w*', false],
    ['TemplateHosts', '', true],
    ['TemplateHosts', 'files.example.com,.obs.example.com,*.example.org', true],
    ['TemplateHosts', 'https://files.example.com', false],
    ['TemplateHosts', 'files.example.com:8443', false],
    ['TemplateHosts', 'a.example.com, b.example.com', false],
    ['TemplateHosts', '*', false],
    ['PrivateTemplateHosts', '127.0.0.1:8080,files.internal:443', true],
    ['PrivateTemplateHosts', 'files.internal', false],
    ['PrivateTemplateHosts', '.internal:80', false],
  ])('%s %j is taken: %s', (name, value, taken) => {
    expect(new RegExp(service.template.Parameters[name].AllowedPattern).test(value)).toBe(taken)
  })

  test('a deployment without the engine layer is refused with a sentence that says what to give', () => {
    const [assertion] = service.template.Rules.EngineLayerGiven.Assertions
    expect(assertion.Assert).toEqual({ 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'EngineLayerArn' }, ''] }] })
    expect(assertion.AssertDescription).toContain('--parameters EngineLayerArn=')
    expect(Object.keys(service.template.Rules)).toEqual(['EngineLayerGiven'])
  })
})

test('the outputs are what a client and an operator need', () => {
  const { Outputs } = service.template
  expect(Object.keys(Outputs).sort()).toEqual(['ApiUrl', 'BucketName', 'QueueUrl', 'SecretsKeyArn', 'TableName'])
  expect(Outputs.ApiUrl.Value['Fn::Join'][1].at(-1)).toBe('/rfs')
  expect(Outputs.TableName.Value).toEqual({ Ref: service.one('AWS::DynamoDB::Table').id })
  expect(Outputs.SecretsKeyArn.Value).toEqual({ 'Fn::GetAtt': [service.one('AWS::KMS::Key').id, 'Arn'] })
  expect(Outputs.BucketName.Value).toEqual({ Ref: service.one('AWS::S3::Bucket').id })
  expect(Outputs.QueueUrl.Value).toEqual({ Ref: service.one('AWS::SQS::Queue', 'DeploymentsJobs').id })
})

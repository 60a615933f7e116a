import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../../shared/contract/index.ts'
import { asksWhoCalls } from '../../../shared/contract/operation.ts'
import {
  allowed,
  list,
  type Resource,
  render,
  type SynthesizedTemplate,
  synthesizeTemplate,
} from './synthesized-template.ts'

let service: SynthesizedTemplate
beforeAll(async () => {
  service = await synthesizeTemplate(operations)
})
afterAll(() => service.remove())

const jobs = ['worker', 'sweeper', 'dead-letter', 'runner', 'fetcher'] as const

async function functionsByName(): Promise<Map<string, Resource>> {
  const lambdas = service.resources('AWS::Lambda::Function')
  const codes = await Promise.all(lambdas.map(service.codeOf))
  return new Map(codes.map((code, at) => [/'(.+)'/.exec(code)?.[1] ?? code, lambdas[at]!]))
}

async function functionNamed(name: string): Promise<Resource> {
  const found = (await functionsByName()).get(name)
  if (!found) throw new Error(`no function has the code of ${name}`)
  return found
}

const roleOf = (lambda: Resource) => service.one('AWS::IAM::Role', lambda.Properties.Role['Fn::GetAtt'][0])
const logGroupOf = (lambda: Resource) =>
  service.one('AWS::Logs::LogGroup', lambda.Properties.LoggingConfig.LogGroup.Ref)

/** What a role may do, with the service's resources by their plain names. */
function mayDo(lambda: Resource): string[] {
  const names: Record<string, string> = {
    [logGroupOf(lambda).id]: 'own-log',
    [service.one('AWS::DynamoDB::Table').id]: 'table',
    [service.one('AWS::S3::Bucket').id]: 'bucket',
    [service.one('AWS::SQS::Queue', 'DeploymentsJobs').id]: 'jobs',
    [service.one('AWS::SQS::Queue', 'DeploymentsDeadLetters').id]: 'dead-letters',
    [service.one('AWS::Lambda::Function', 'Runner').id]: 'runner',
    [service.one('AWS::Lambda::Function', 'Fetcher').id]: 'fetcher',
    [service.one('AWS::KMS::Key').id]: 'secrets-key',
  }
  return allowed(roleOf(lambda)).map((line) =>
    line.replace(/(\w+)\.Arn/, (_, id: string) => names[id] ?? `unknown ${id}`),
  )
}

const ownLog = ['Allow logs:CreateLogStream own-log', 'Allow logs:PutLogEvents own-log']
const readTable = ['GetItem', 'Query'].flatMap((action) => [
  `Allow dynamodb:${action} table`,
  `Allow dynamodb:${action} table/index/listing`,
])
const consume = (queue: string) =>
  ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map((action) => `Allow sqs:${action} ${queue}`)

/** Spelled out here a second time, on purpose: a change of what a word grants must be made twice. */
const grantsOfWord: Record<string, readonly string[]> = {
  'table:read': readTable,
  'table:write': [
    ...readTable,
    ...['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'].flatMap((action) => [
      `Allow dynamodb:${action} table`,
      `Deny dynamodb:${action} table if ForAnyValue:StringLike dynamodb:LeadingKeys ACCESSKEY*|OPERATOR`,
    ]),
  ],
  'callers:read': [
    'Allow dynamodb:GetItem table if ForAllValues:StringLike dynamodb:LeadingKeys ACCESSKEY*',
    'Allow kms:Decrypt secrets-key',
  ],
  'bucket:read': ['Allow s3:GetObject bucket/projects/*', 'Allow s3:ListBucket bucket'],
  'bucket:write': ['Allow s3:PutObject bucket/projects/*', 'Allow s3:DeleteObject bucket/projects/*'],
  'bucket:list': ['Allow s3:ListBucket bucket'],
  'queue:send': ['Allow sqs:SendMessage jobs'],
  'runner:invoke': ['Allow lambda:InvokeFunction runner'],
  'fetcher:invoke': ['Allow lambda:InvokeFunction fetcher'],
}
const variablesOfWord: Record<string, readonly string[]> = {
  'table:read': ['TABLE_NAME'],
  'table:write': ['TABLE_NAME'],
  'callers:read': ['TABLE_NAME', 'SECRETS_KEY_ARN'],
  'bucket:read': ['BUCKET_NAME'],
  'bucket:write': ['BUCKET_NAME'],
  'bucket:list': ['BUCKET_NAME'],
  'queue:send': ['QUEUE_URL'],
  'runner:invoke': ['RUNNER_FUNCTION_NAME'],
  'fetcher:invoke': ['FETCHER_FUNCTION_NAME'],
}
const settings = [
  'STACK_QUOTA',
  'PLAN_QUOTA',
  'TEMPLATE_QUOTA',
  'TEMPLATE_VERSION_QUOTA',
  'TEMPLATE_PROFILE',
  'STACKS_IN_CREATION',
  'PLANS_IN_CREATION',
  'STACK_USER_PROJECTS',
]
const guardSettings = [
  'TOKEN_ISSUER',
  'TOKEN_AUDIENCE',
  'TOKEN_JWKS_URL',
  'TOKEN_CLAIMS',
  'TOKEN_ROLES',
  'MAX_REQUEST_BYTES',
  'COMMANDS_PER_MINUTE',
]
const sortedUnique = (lines: readonly string[]) => [...new Set(lines)].sort()
const granted = (words: readonly string[], ...more: readonly string[]) =>
  sortedUnique([...ownLog, ...words.flatMap((word) => grantsOfWord[word] ?? [`no such word: ${word}`]), ...more])
const variables = (lambda: Resource) => Object.keys(lambda.Properties.Environment?.Variables ?? {}).sort()

/** What a job needs to decrypt, and no access key among it. */
const taggedKeys =
  'Allow kms:Decrypt arn:AWS::Partition:kms:AWS::Region:AWS::AccountId:key/* ' +
  'if StringEquals kms:EncryptionContext:purpose encrypted-variable if StringEquals aws:ResourceTag/rfs-variables allowed'
const jobSecrets = [
  'Allow kms:Decrypt secrets-key if StringEquals kms:EncryptionContext:purpose encrypted-variable|agency',
  taggedKeys,
]
const agencyRoles = 'Allow sts:AssumeRole AgencyRolePattern if Null sts:ExternalId false'

describe('the functions', () => {
  test('are one per operation and one per job, each with its own code', async () => {
    const names = [...(await functionsByName()).keys()]
    expect(names.sort()).toEqual([...operations.map(({ id }) => id), ...jobs].sort())
    expect(service.resources('AWS::Lambda::Function')).toHaveLength(names.length)
  })

  test('run on Node 24 and ARM, and log as JSON to a group of their own that keeps 30 days', () => {
    const lambdas = service.resources('AWS::Lambda::Function')
    for (const lambda of lambdas) {
      expect(lambda.Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        LoggingConfig: { LogFormat: 'JSON' },
      })
      expect(logGroupOf(lambda).Properties).toEqual({ RetentionInDays: 30 })
    }
    expect(new Set(lambdas.map((lambda) => logGroupOf(lambda).id)).size).toBe(lambdas.length)
    expect(new Set(lambdas.map((lambda) => roleOf(lambda).id)).size).toBe(lambdas.length)
  })

  test.each(operations.map((operation) => [operation.operationId, operation] as const))(
    '%s may do what its declaration says, and knows the names of nothing else',
    async (_, operation) => {
      const { id, access } = operation
      const lambda = await functionNamed(id)
      const words = asksWhoCalls(operation) ? [...access, 'callers:read'] : access
      expect(mayDo(lambda)).toEqual(granted(words))
      expect(variables(lambda)).toEqual(
        sortedUnique([
          ...settings,
          ...(asksWhoCalls(operation) ? guardSettings : []),
          ...words.flatMap((word) => variablesOfWord[word] ?? word),
        ]),
      )
      expect(lambda.Properties.Timeout).toBe(29)
      // Who takes a template parses it: a megabyte of it has a syntax tree of some hundred.
      expect(lambda.Properties.MemorySize).toBe(access.includes('fetcher:invoke') ? 1769 : 512)
    },
  )

  test('nobody but the operations that check callers, and the worker, can read a secret, and none of them writes an access key', () => {
    for (const lambda of service.resources('AWS::Lambda::Function')) {
      const lines = mayDo(lambda)
      const checksCallers = operations.some(
        (operation) => asksWhoCalls(operation) && lambda.id.startsWith(`Functions${operation.operationId}`),
      )
      const readsSecrets = checksCallers || lambda.id.startsWith('FunctionsWorker')
      expect(lines.some((line) => line.includes('kms:'))).toBe(readsSecrets)
      expect(variables(lambda).includes('SECRETS_KEY_ARN')).toBe(readsSecrets)
      for (const action of ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem']) {
        const writes = lines.some((line) => line.startsWith(`Allow dynamodb:${action}`))
        expect(lines.some((line) => line.startsWith(`Deny dynamodb:${action} table if ForAnyValue`))).toBe(writes)
      }
    }
  })

  test('the worker has what a deployment takes, the time parameters, and may send its own job on', async () => {
    const worker = await functionNamed('worker')
    const words = ['table:write', 'bucket:read', 'bucket:write', 'bucket:list', 'queue:send', 'runner:invoke']
    expect(mayDo(worker).toSorted()).toEqual(granted(words, ...consume('jobs'), ...jobSecrets, agencyRoles))
    expect(variables(worker)).toEqual(
      sortedUnique([
        'SECRETS_KEY_ARN',
        'RUNNER_TIMEOUT_SECONDS',
        'EVENT_MESSAGE_CHARACTERS',
        ...words.flatMap((word) => variablesOfWord[word] ?? word),
      ]),
    )
    expect(worker.Properties).toMatchObject({ Timeout: { Ref: 'WorkerTimeoutSeconds' }, RecursiveLoop: 'Allow' })
    expect(worker.Properties.Environment.Variables.RUNNER_TIMEOUT_SECONDS).toEqual({ Ref: 'RunnerTimeoutSeconds' })
  })

  test('the sweeper reads jobs across projects, and nobody else does', async () => {
    const sweeper = await functionNamed('sweeper')
    const words = ['table:write', 'bucket:write', 'queue:send']
    expect(mayDo(sweeper)).toEqual(granted(words, 'Allow dynamodb:Query table/index/jobs'))
    expect(variables(sweeper)).toEqual(['BUCKET_NAME', 'QUEUE_URL', 'TABLE_NAME'])
    const others = service.resources('AWS::Lambda::Function').filter(({ id }) => id !== sweeper.id)
    expect(others.filter((lambda) => mayDo(lambda).some((line) => line.includes('index/jobs')))).toEqual([])
  })

  test('the sweeper starts every minute, and only its own rule may start it', async () => {
    const sweeper = await functionNamed('sweeper')
    const rule = service.one('AWS::Events::Rule')
    expect(rule.Properties).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      Targets: [{ Arn: { 'Fn::GetAtt': [sweeper.id, 'Arn'] } }],
    })
    expect(service.one('AWS::Lambda::Permission').Properties).toEqual({
      Action: 'lambda:InvokeFunction',
      FunctionName: { 'Fn::GetAtt': [sweeper.id, 'Arn'] },
      Principal: 'events.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [rule.id, 'Arn'] },
    })
  })

  test('the dead-letter function ends stacks and consumes the dead letters', async () => {
    const deadLetter = await functionNamed('dead-letter')
    expect(mayDo(deadLetter)).toEqual(granted(['table:write'], ...consume('dead-letters')))
    expect(variables(deadLetter)).toEqual(['TABLE_NAME'])
  })
})

describe('the runner', () => {
  test('may write its own log and nothing else, and knows no name of the service', async () => {
    const runner = await functionNamed('runner')
    expect(mayDo(runner)).toEqual(ownLog)
    expect(roleOf(runner).Properties).not.toHaveProperty('ManagedPolicyArns')
    expect(runner.Properties.Environment.Variables).toEqual({
      PATH: '/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin',
    })
  })

  test('finds the engine in a layer, with memory and disk for providers', async () => {
    expect((await functionNamed('runner')).Properties).toMatchObject({
      Layers: [{ Ref: 'EngineLayerArn' }],
      Timeout: { Ref: 'RunnerTimeoutSeconds' },
      MemorySize: 2048,
      EphemeralStorage: { Size: 4096 },
    })
  })
})

describe('the fetcher', () => {
  test('may write its own log and nothing else, and knows where it may fetch from', async () => {
    const fetcher = await functionNamed('fetcher')
    expect(mayDo(fetcher)).toEqual(ownLog)
    expect(roleOf(fetcher).Properties).not.toHaveProperty('ManagedPolicyArns')
    expect(fetcher.Properties.Environment.Variables).toEqual({
      BUCKET_NAME: { Ref: service.one('AWS::S3::Bucket').id },
      TEMPLATE_HOSTS: { Ref: 'TemplateHosts' },
      PRIVATE_TEMPLATE_HOSTS: { Ref: 'PrivateTemplateHosts' },
    })
  })

  test('is asked by operations that take a template alone', () => {
    const asking = service
      .resources('AWS::Lambda::Function')
      .filter((lambda) => mayDo(lambda).includes('Allow lambda:InvokeFunction fetcher'))
    expect(asking.length).toBe(operations.filter(({ access }) => access.includes('fetcher:invoke')).length)
  })
})

describe('no role of the service', () => {
  test('may do an action by wildcard, or anything to a resource that has a narrower name', () => {
    const wide = service.resources('AWS::IAM::Role').flatMap((role) =>
      (role.Properties.Policies ? allowed(role) : []).filter((line) => {
        const [, action = '', resource = ''] = line.split(' ')
        // The only wildcard is below a prefix: objects have no name before they are made.
        return action.includes('*') || resource.replace(/\.Arn\/projects\/\*$/, '').includes('*')
      }),
    )
    expect(wide).toEqual([taggedKeys])
  })

  test('has a policy outside this template, but the one that API Gateway demands to write its access log', () => {
    const managed = service.resources('AWS::IAM::Role').filter(({ Properties }) => Properties.ManagedPolicyArns)
    expect(managed.map(({ Properties }) => Properties.ManagedPolicyArns.map(render))).toEqual([
      ['arn:AWS::Partition:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs'],
    ])
    expect(service.one('AWS::ApiGateway::Account').Properties.CloudWatchRoleArn).toEqual({
      'Fn::GetAtt': [managed[0]?.id, 'Arn'],
    })
    expect(service.resources('AWS::IAM::Policy')).toEqual([])
    expect(service.resources('AWS::IAM::ManagedPolicy')).toEqual([])
  })

  test('can be taken by anybody but the AWS service it is for', () => {
    const principals = service
      .resources('AWS::IAM::Role')
      .flatMap(({ Properties }) => Properties.AssumeRolePolicyDocument.Statement)
      .flatMap(({ Principal }) => list(Principal.Service as string))
    expect([...new Set(principals)].sort()).toEqual(['apigateway.amazonaws.com', 'lambda.amazonaws.com'])
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../../shared/contract/index.ts'
import {
  allowed,
  type Json,
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

/** The path of a resource of the API, by the names of its parents. */
function pathOf(reference: Json): string {
  if ('Fn::GetAtt' in reference) return ''
  const { ParentId, PathPart } = service.one('AWS::ApiGateway::Resource', reference.Ref).Properties
  return `${pathOf(ParentId)}/${PathPart}`
}

async function targetOf(method: Resource): Promise<string> {
  const id = /functions\/(\w+)\.Arn\/invocations$/.exec(render(method.Properties.Integration.Uri))?.[1]
  const code = await service.codeOf(service.one('AWS::Lambda::Function', id))
  return /'(.+)'/.exec(code)?.[1] ?? code
}

describe('the routes', () => {
  test('are exactly the operations of the contract, each in front of its own function', async () => {
    const routes = await Promise.all(
      service
        .resources('AWS::ApiGateway::Method')
        .map(async (method) =>
          [method.Properties.HttpMethod, pathOf(method.Properties.ResourceId), await targetOf(method)].join(' '),
        ),
    )
    const declared = operations.flatMap(({ method, path, alsoAt = [], id }) =>
      [path, ...alsoAt].map((each) => `${method} ${each === '/' ? '' : each} ${id}`),
    )
    expect(routes.sort()).toEqual(declared.sort())
  })

  test('hand the request over as it is, with the role that may call these functions and no other', () => {
    const invoker = service.one('AWS::IAM::Role', 'ApiInvoker')
    const methods = service.resources('AWS::ApiGateway::Method')
    for (const { Properties } of methods) {
      expect(Properties).toMatchObject({
        AuthorizationType: 'NONE',
        Integration: {
          Type: 'AWS_PROXY',
          IntegrationHttpMethod: 'POST',
          Credentials: { 'Fn::GetAtt': [invoker.id, 'Arn'] },
        },
      })
    }
    const called = methods.map(
      ({ Properties }) => /functions\/(\w+\.Arn)\//.exec(render(Properties.Integration.Uri))?.[1],
    )
    const functions = [...new Set(called)]
    expect(allowed(invoker)).toEqual(functions.map((arn) => `Allow lambda:InvokeFunction ${arn}`).sort())
  })

  test('carry the names of the operations', () => {
    const names = service.resources('AWS::ApiGateway::Method').map(({ Properties }) => Properties.OperationName)
    expect([...new Set(names)].sort()).toEqual(operations.map(({ operationId }) => operationId).sort())
  })
})

describe('the stage', () => {
  test('limits each method by the parameters, and records no bodies', () => {
    const { Properties } = service.one('AWS::ApiGateway::Stage')
    expect(Properties.StageName).toBe('rfs')
    expect(Properties.MethodSettings).toEqual([
      {
        HttpMethod: '*',
        ResourcePath: '/*',
        ThrottlingRateLimit: { Ref: 'ThrottlingRatePerSecond' },
        ThrottlingBurstLimit: { Ref: 'ThrottlingBurst' },
        LoggingLevel: 'OFF',
        DataTraceEnabled: false,
      },
    ])
  })

  test('writes an access log in JSON, kept 30 days, without query strings', () => {
    const { DestinationArn, Format } = service.one('AWS::ApiGateway::Stage').Properties.AccessLogSetting
    const logGroup = service.one('AWS::Logs::LogGroup', DestinationArn['Fn::GetAtt'][0])
    expect(logGroup.Properties).toEqual({ RetentionInDays: 30 })
    expect(JSON.parse(Format)).toMatchObject({
      requestId: '$context.requestId',
      status: '$context.status',
      route: '$context.resourcePath',
    })
    expect(Format).not.toMatch(/query|authorizer|header/i)
  })

  test('is regional', () => {
    expect(service.one('AWS::ApiGateway::RestApi').Properties.EndpointConfiguration).toEqual({ Types: ['REGIONAL'] })
  })
})

describe("the gateway's own answers", () => {
  const unknownRoute = { error_code: 'APIGW.0101', error_msg: 'The API does not exist or has not been published.' }
  const tooMany = {
    error_code: 'RF.10014001',
    error_msg: 'Too many requests. Please try again in a few minutes.',
  }
  test.each([
    ['MISSING_AUTHENTICATION_TOKEN', '404', unknownRoute],
    ['RESOURCE_NOT_FOUND', '404', unknownRoute],
    ['INVALID_SIGNATURE', '404', unknownRoute],
    ['EXPIRED_TOKEN', '404', unknownRoute],
    ['THROTTLED', '429', tooMany],
    ['QUOTA_EXCEEDED', '429', tooMany],
    [
      'REQUEST_TOO_LARGE',
      '413',
      { error_code: 'APIGW.0201', error_msg: 'The request body is larger than the limit of 10 MB.' },
    ],
    [
      'INTEGRATION_TIMEOUT',
      '504',
      {
        error_code: 'APIGW.0203',
        error_msg: 'The service did not answer in time. Read the stack before you repeat the request.',
      },
    ],
    [
      'INTEGRATION_FAILURE',
      '502',
      { error_code: 'APIGW.0204', error_msg: 'The service is not available. Please try again in a few minutes.' },
    ],
    ['DEFAULT_4XX', undefined, { error_code: 'APIGW.0400', error_msg: 'the text of the gateway' }],
    ['DEFAULT_5XX', '500', { error_code: 'RF.10010001', error_msg: 'Internal Server Error.' }],
  ])('%s is %s in the shape of every other error', (type, status, body) => {
    const { Properties } = service
      .resources('AWS::ApiGateway::GatewayResponse')
      .find((response) => response.Properties.ResponseType === type)!
    expect(Properties.StatusCode).toBe(status)
    expect(Object.keys(Properties.ResponseTemplates)).toEqual(['application/json'])
    const text = Properties.ResponseTemplates['application/json'].replace(
      '$context.error.messageString',
      '"the text of the gateway"',
    )
    expect(JSON.parse(text)).toEqual(body)
    expect(Properties.ResponseParameters['gatewayresponse.header.X-Request-Id']).toBe('context.requestId')
  })

  test('tell a throttled client when to come back, and nobody else', () => {
    const withRetry = service
      .resources('AWS::ApiGateway::GatewayResponse')
      .filter(({ Properties }) => 'gatewayresponse.header.Retry-After' in Properties.ResponseParameters)
    expect(withRetry.map(({ Properties }) => Properties.ResponseType).sort()).toEqual(['QUOTA_EXCEEDED', 'THROTTLED'])
    for (const { Properties } of withRetry) {
      expect(Properties.ResponseParameters['gatewayresponse.header.Retry-After']).toMatch(/^'\d+'$/)
    }
  })
})

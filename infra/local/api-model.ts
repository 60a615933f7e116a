/** The REST API of the template: routes, gateway responses, throttling, binary media types. */
import { functionNameOf } from './physical-names.ts'
import type { ResolvedResource } from './resolved-resource.ts'

export type Route = {
  /** `GET`, ... or `ANY`. */
  method: string
  /** As declared, `/v1/{project_id}/stacks`. */
  resourcePath: string
  resourceId: string
  functionName: string
  timeoutMs: number
}

export type GatewayResponseDefinition = {
  responseType: string
  statusCode: number | undefined
  /** `gatewayresponse.header.<name>` -> `'text'` or `context.<name>`. */
  parameters: Record<string, string>
  /** Media type -> body with `$context...` in it. */
  templates: Record<string, string>
}

export type ThrottleSetting = {
  /** `*` or a verb. */
  method: string
  /** `/*` or a resource path. */
  resourcePath: string
  ratePerSecond: number
  burst: number
}

export type ApiModel = {
  id: string
  stageName: string
  routes: Route[]
  gatewayResponses: GatewayResponseDefinition[]
  throttling: ThrottleSetting[]
  binaryMediaTypes: string[]
}

/** API Gateway's own limit for an integration. */
const defaultIntegrationTimeoutMs = 29_000

/**
 * @returns undefined for a template without an API
 * @throws Error for two APIs or stages, and for methods that are not plain proxies to a function
 */
export function readApiModel(resources: ResolvedResource[]): ApiModel | undefined {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type)
  const apis = ofType('AWS::ApiGateway::RestApi')
  const stages = ofType('AWS::ApiGateway::Stage')
  if (apis.length === 0) return undefined
  const [api, stage] = [apis[0], stages[0]]
  if (apis.length > 1 || stages.length !== 1 || !api || !stage) {
    throw new Error(`the local runtime runs one REST API with one stage, not ${apis.length} with ${stages.length}`)
  }
  if (api.properties.Body) throw new Error(`${api.logicalId}: an API given as a document is not run locally`)
  const paths = readResourcePaths(ofType('AWS::ApiGateway::Resource'), api.values.attributes.RootResourceId ?? '')
  return {
    id: api.values.ref,
    stageName: stage.values.ref,
    routes: ofType('AWS::ApiGateway::Method').map((method) => readRoute(method, paths)),
    gatewayResponses: ofType('AWS::ApiGateway::GatewayResponse').map(readGatewayResponse),
    throttling: readThrottling(stage.properties),
    binaryMediaTypes: (api.properties.BinaryMediaTypes ?? []) as string[],
  }
}

/** Resource id -> path, from each resource's part and parent. */
function readResourcePaths(resources: ResolvedResource[], rootId: string): Map<string, string> {
  const byId = new Map(resources.map((resource) => [resource.values.ref, resource.properties]))
  const pathOf = (id: string): string => {
    if (id === rootId) return ''
    const properties = byId.get(id)
    if (!properties) throw new Error(`the API has no resource ${id}`)
    return `${pathOf(String(properties.ParentId))}/${properties.PathPart}`
  }
  return new Map([...[...byId.keys()].map((id) => [id, pathOf(id)] as const), [rootId, '/']])
}

function readRoute({ logicalId, properties }: ResolvedResource, paths: Map<string, string>): Route {
  const integration = (properties.Integration ?? {}) as Record<string, unknown>
  const functionName = /\/functions\/([^/]+)\/invocations$/.exec(String(integration.Uri))?.[1]
  if (integration.Type !== 'AWS_PROXY' || !functionName) {
    throw new Error(`${logicalId}: only AWS_PROXY integrations with a function are run locally`)
  }
  if ((properties.AuthorizationType ?? 'NONE') !== 'NONE' || properties.ApiKeyRequired === true) {
    throw new Error(`${logicalId}: authorization by the gateway is not run locally`)
  }
  const resourceId = String(properties.ResourceId)
  return {
    method: String(properties.HttpMethod),
    resourcePath: paths.get(resourceId) ?? resourceId,
    resourceId,
    functionName: functionNameOf(functionName),
    timeoutMs: Number(integration.TimeoutInMillis ?? defaultIntegrationTimeoutMs),
  }
}

function readGatewayResponse({ properties }: ResolvedResource): GatewayResponseDefinition {
  return {
    responseType: String(properties.ResponseType),
    statusCode: properties.StatusCode === undefined ? undefined : Number(properties.StatusCode),
    parameters: (properties.ResponseParameters ?? {}) as Record<string, string>,
    templates: (properties.ResponseTemplates ?? {}) as Record<string, string>,
  }
}

function readThrottling(stage: Record<string, unknown>): ThrottleSetting[] {
  const settings = (stage.MethodSettings ?? []) as Record<string, unknown>[]
  const limiting = settings.filter(
    ({ ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst }) => rate !== undefined || burst !== undefined,
  )
  return limiting.map((setting) => ({
    method: String(setting.HttpMethod ?? '*'),
    // Written `/~1v1~1stacks` for `/v1/stacks`, as in a JSON pointer; `/*` stands for every resource.
    resourcePath: String(setting.ResourcePath ?? '/*')
      .replace(/^\/(?=~1)/, '')
      .replaceAll('~1', '/'),
    ratePerSecond: Number(setting.ThrottlingRateLimit ?? Number.POSITIVE_INFINITY),
    burst: Number(setting.ThrottlingBurstLimit ?? Number.POSITIVE_INFINITY),
  }))
}

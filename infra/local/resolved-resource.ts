/** The template's resources with every intrinsic replaced. */
import type { ResourceValues } from './intrinsics.ts'
import { createResolver } from './intrinsics.ts'
import { resolveParameters } from './parameters.ts'
import { describeResources, localAccountId, localRegion } from './physical-names.ts'
import { assertKnownTypes, emulatedTypes } from './resource-types.ts'
import type { Assembly } from './template.ts'

/** A resource that the local runtime runs and whose condition holds. */
export type ResolvedResource = {
  logicalId: string
  type: string
  properties: Record<string, unknown>
  values: ResourceValues
  /** The template declares layers, also when a condition leaves them out here. */
  declaresLayers: boolean
}

/**
 * The template's `Rules` are not checked: they guard a deployment to the cloud.
 * @param parameters values that replace the template's defaults
 * @throws Error on unknown resource types, bad parameters and intrinsics that cannot be resolved, naming the resource
 */
export function resolveResources(
  { template, stackName }: Assembly,
  parameters: Record<string, string>,
  queueEndpoint: string,
): ResolvedResource[] {
  assertKnownTypes(template.Resources)
  const resources = describeResources({ resources: template.Resources, queueEndpoint })
  const resolver = createResolver({
    template,
    parameters: resolveParameters(template.Parameters, parameters),
    pseudoParameters: {
      'AWS::AccountId': localAccountId,
      'AWS::Region': localRegion,
      'AWS::Partition': 'aws',
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::StackName': stackName,
      'AWS::StackId': `arn:aws:cloudformation:${localRegion}:${localAccountId}:stack/${stackName}/local`,
    },
    resources,
  })
  const run = new Set<string>(emulatedTypes)
  const isPresent = (condition: string | undefined) => condition === undefined || resolver.condition(condition)
  return Object.entries(template.Resources)
    .filter(([, { Type, Condition }]) => run.has(Type) && isPresent(Condition))
    .map(([logicalId, { Type: type, Properties: properties = {} }]) => ({
      logicalId,
      type,
      properties: resolveProperties(resolver.resolve, logicalId, properties),
      values: resources.get(logicalId) ?? { ref: logicalId, attributes: {} },
      declaresLayers: 'Layers' in properties,
    }))
}

function resolveProperties(resolve: (value: unknown) => unknown, logicalId: string, properties: object) {
  try {
    return resolve(properties) as Record<string, unknown>
  } catch (error) {
    throw new Error(`${logicalId}: ${(error as Error).message}`, { cause: error })
  }
}

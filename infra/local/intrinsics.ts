/**
 * CloudFormation's intrinsic functions, as far as a synthesized template of ours uses them. Anything else is an error
 * that names the function, never a silent pass-through: a value that means something else locally is worse than none.
 */
import type { ParameterValue } from './parameters.ts'
import type { Template } from './template.ts'

/** What `Ref` and `Fn::GetAtt` give for a resource. */
export type ResourceValues = { ref: string; attributes: Record<string, string> }

export type ResolverInput = {
  template: Pick<Template, 'Conditions' | 'Mappings'>
  parameters: ReadonlyMap<string, ParameterValue>
  /** `AWS::Region`, `AWS::AccountId`, ... */
  pseudoParameters: Record<string, string>
  resources: ReadonlyMap<string, ResourceValues>
}

export type Resolver = {
  /** The value with every intrinsic replaced; `AWS::NoValue` removes the property or the array item. */
  resolve(value: unknown): unknown
  /** @throws Error when the template has no condition of that name */
  condition(name: string): boolean
}

type Scope = ResolverInput & Resolver
type Intrinsic = (scope: Scope, argument: unknown) => unknown

const noValue = Symbol('AWS::NoValue')

/** @throws Error from `resolve` on an unknown reference, attribute or function */
export function createResolver(input: ResolverInput): Resolver {
  const scope: Scope = {
    ...input,
    resolve: (value) => {
      const resolved = resolveValue(scope, value)
      return resolved === noValue ? undefined : resolved
    },
    condition: (name) => {
      const expression = input.template.Conditions?.[name]
      if (expression === undefined) throw new Error(`the template has no condition ${name}`)
      return evaluate(scope, expression)
    },
  }
  return scope
}

function resolveValue(scope: Scope, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => resolveValue(scope, item)).filter((item) => item !== noValue)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const [only] = entries
  if (entries.length === 1 && only && isIntrinsicName(only[0])) {
    const intrinsic = intrinsics[only[0]]
    if (!intrinsic) throw new Error(`the intrinsic function ${only[0]} is not known to the local runtime`)
    return intrinsic(scope, only[1])
  }
  const resolved = entries.map(([key, item]) => [key, resolveValue(scope, item)] as const)
  return Object.fromEntries(resolved.filter(([, item]) => item !== noValue))
}

const isIntrinsicName = (key: string) => key === 'Ref' || key === 'Condition' || key.startsWith('Fn::')

function reference(scope: Scope, name: string): unknown {
  if (name === 'AWS::NoValue') return noValue
  const value = scope.parameters.get(name) ?? scope.pseudoParameters[name] ?? scope.resources.get(name)?.ref
  if (value === undefined) throw new Error(`Ref ${name}: no such parameter or resource`)
  return value
}

function attribute(scope: Scope, logicalId: string, name: string): string {
  const resource = scope.resources.get(logicalId)
  if (!resource) throw new Error(`Fn::GetAtt ${logicalId}.${name}: no such resource`)
  const value = resource.attributes[name]
  if (value === undefined) throw new Error(`Fn::GetAtt ${logicalId}.${name}: the local runtime gives no such attribute`)
  return value
}

function splitAttribute(argument: unknown): [string, string] {
  const [logicalId, ...rest] = typeof argument === 'string' ? argument.split('.') : (argument as string[])
  return [logicalId ?? '', rest.join('.')]
}

function substitute(scope: Scope, argument: unknown): string {
  const [text, variables] = (Array.isArray(argument) ? argument : [argument, {}]) as [string, Record<string, unknown>]
  return text.replace(/\$\{(!?)([^}]+)\}/g, (_match, literal: string, name: string) => {
    if (literal) return `\${${name}}`
    if (Object.hasOwn(variables, name)) return String(resolveValue(scope, variables[name]))
    return String(name.includes('.') ? attribute(scope, ...splitAttribute(name)) : reference(scope, name))
  })
}

function list(scope: Scope, name: string, argument: unknown): unknown[] {
  const resolved = resolveValue(scope, argument)
  if (!Array.isArray(resolved)) throw new Error(`${name}: a list is needed, not ${JSON.stringify(resolved)}`)
  return resolved
}

/** A condition's expression; `Condition` names another one. Every other shape is not a condition function. */
function evaluate(scope: Scope, expression: unknown): boolean {
  const [name, argument] = Object.entries(expression as Record<string, unknown>)[0] ?? []
  const operands = () => (argument as unknown[]).map((operand) => evaluate(scope, operand))
  switch (name) {
    case 'Condition':
      return scope.condition(argument as string)
    case 'Fn::Equals': {
      const [left, right] = list(scope, name, argument)
      return String(left) === String(right)
    }
    case 'Fn::Not':
      return !operands()[0]
    case 'Fn::And':
      return operands().every(Boolean)
    case 'Fn::Or':
      return operands().some(Boolean)
    default:
      throw new Error(`${name} is not a condition function`)
  }
}

const intrinsics: Record<string, Intrinsic> = {
  Ref: (scope, name) => reference(scope, name as string),
  'Fn::GetAtt': (scope, argument) => attribute(scope, ...splitAttribute(argument)),
  'Fn::Sub': substitute,
  'Fn::Join': (scope, argument) => {
    const [separator, items] = argument as [string, unknown]
    return list(scope, 'Fn::Join', items).join(separator)
  },
  'Fn::Select': (scope, argument) => {
    const [index, items] = argument as [unknown, unknown]
    const values = list(scope, 'Fn::Select', items)
    const selected = values[Number(resolveValue(scope, index))]
    if (selected === undefined) throw new Error(`Fn::Select: no item ${JSON.stringify(index)} in ${values.length}`)
    return selected
  },
  'Fn::Split': (scope, argument) => {
    const [separator, text] = argument as [string, unknown]
    return String(resolveValue(scope, text)).split(separator)
  },
  'Fn::If': (scope, argument) => {
    const [name, then, otherwise] = argument as [string, unknown, unknown]
    return resolveValue(scope, scope.condition(name) ? then : otherwise)
  },
  'Fn::FindInMap': (scope, argument) => {
    const [map, first, second] = list(scope, 'Fn::FindInMap', argument).map(String) as [string, string, string]
    const value = scope.template.Mappings?.[map]?.[first]?.[second]
    if (value === undefined) throw new Error(`Fn::FindInMap: no ${map}.${first}.${second}`)
    return value
  },
}

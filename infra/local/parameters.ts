/** The values of a template's parameters, checked as CloudFormation checks them when a stack is created. */
import type { Template, TemplateParameter } from './template.ts'

export type ParameterValue = string | string[]

/**
 * @param overrides values given by the caller; the template's defaults stand for the rest
 * @throws Error naming every parameter that is unknown, missing or not allowed
 */
export function resolveParameters(
  declared: Template['Parameters'],
  overrides: Record<string, string>,
): Map<string, ParameterValue> {
  const parameters = declared ?? {}
  const problems = Object.keys(overrides)
    .filter((name) => !(name in parameters))
    .map((name) => `${name}: the template has no such parameter`)
  const values = new Map<string, ParameterValue>()
  for (const [name, parameter] of Object.entries(parameters)) {
    const value = overrides[name] ?? parameter.Default?.toString()
    if (value === undefined) {
      problems.push(`${name}: no value and no default`)
      continue
    }
    const problem = findProblem(parameter, value)
    if (problem) problems.push(`${name}: ${problem}${describeConstraint(parameter)}`)
    values.set(name, isList(parameter.Type) ? value.split(',').map((item) => item.trim()) : value)
  }
  if (problems.length > 0) throw new Error(`template parameters: ${problems.join('; ')}`)
  return values
}

const isList = (type: string) => type === 'CommaDelimitedList' || type.startsWith('List<')

const describeConstraint = ({ ConstraintDescription: text }: TemplateParameter) => (text ? ` (${text})` : '')

function findProblem(parameter: TemplateParameter, value: string): string | undefined {
  const { AllowedValues: allowed, AllowedPattern: pattern, MinLength: minLength, MaxLength: maxLength } = parameter
  if (allowed && !allowed.some((item) => String(item) === value)) {
    return `"${value}" is none of ${allowed.join(', ')}`
  }
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(value))
    return `"${value}" does not match ${pattern}`
  if (minLength !== undefined && value.length < minLength) return `shorter than ${minLength} characters`
  if (maxLength !== undefined && value.length > maxLength) return `longer than ${maxLength} characters`
  return parameter.Type === 'Number' ? findNumberProblem(parameter, value) : undefined
}

function findNumberProblem({ MinValue: min, MaxValue: max }: TemplateParameter, value: string): string | undefined {
  const number = value.trim() === '' ? Number.NaN : Number(value)
  if (Number.isNaN(number)) return `"${value}" is not a number`
  if (min !== undefined && number < min) return `${value} is less than ${min}`
  if (max !== undefined && number > max) return `${value} is more than ${max}`
  return undefined
}

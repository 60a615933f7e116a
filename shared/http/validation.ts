/**
 * Raw request -> typed input, or the catalogue's refusal. One violated rule answers with its own code, several with the
 * aggregate code and all of them in the message (DECISIONS, order of checks).
 */
import type * as z from 'zod/mini'
import { type ErrorName, errorEntry, isErrorName, RfsError } from '../contract/errors.ts'

type Issue = z.core.$ZodIssue

interface Violation {
  readonly name: ErrorName
  readonly detail: string
}

const article = (type: string) => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`)

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root
  for (const step of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[step]
  return value
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text ? `${text}.${String(step)}` : String(step)),
    '',
  )
}

function limitDetail(issue: Issue, where: string, value: unknown): string | undefined {
  if (issue.code !== 'too_big' && issue.code !== 'too_small') return undefined
  const bound = issue.code === 'too_big' ? `at most ${issue.maximum}` : `at least ${issue.minimum}`
  if (issue.origin === 'string') return `${where} has ${String(value).length} characters, it must have ${bound}.`
  if (issue.origin === 'array') return `${where} has ${(value as unknown[]).length} entries, it must have ${bound}.`
  return `${where} must be ${bound}.`
}

const details: Partial<Record<ErrorName, (where: string) => string>> = {
  MissingParameter: (where) => `${where} is required: give exactly one of agency_name and agency_urn.`,
  DuplicateField: (where) => `${where} names its agency twice: give exactly one of agency_name and agency_urn.`,
  ProviderNameTwice: (where) => `Each provider may appear once in ${where}.`,
  TemplateGivenTwice: () => 'Leave one of the two out.',
  VersionIdInvalid: (where) => `${where} must be a capital V and a number, such as V1.`,
  TemplateMissing: () => 'Send the template in template_body.',
}

function violationOf(issue: Issue, root: unknown): Violation[] {
  const where = pathText(issue.path) || 'the request body'
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = pathText([...issue.path, key])
      return { name: 'UnknownParameter', detail: `${path} is not a parameter of this operation; leave it out.` }
    })
  }
  const value = valueAt(root, issue.path)
  if (value === undefined && issue.code === 'invalid_type') {
    if (issue.message === 'NothingToChange') {
      return [{ name: issue.message, detail: `Send ${where}; nothing else can be changed.` }]
    }
    return [{ name: 'MissingParameter', detail: `${where} is required.` }]
  }
  const detail = limitDetail(issue, where, value)
  if (isErrorName(issue.message)) {
    const name = issue.message
    return [{ name, detail: detail ?? details[name]?.(where) ?? `Change ${where}.` }]
  }
  if (detail) return [{ name: issue.code === 'too_big' ? 'TooLong' : 'TooShort', detail }]
  if (issue.code === 'invalid_value') {
    return [{ name: 'EnumInvalid', detail: `${where} must be one of ${issue.values.join(', ')}.` }]
  }
  const expected = issue.code === 'invalid_type' ? article(String(issue.expected)) : 'of another form'
  return [
    {
      name: issue.code === 'invalid_type' && issue.expected === 'array' ? 'NotAnArray' : 'WrongType',
      detail: `${where} must be ${expected}.`,
    },
  ]
}

/** The first violation of every field; later ones of the same field only repeat it. */
export function violationsOf(issues: readonly Issue[], root: unknown): Violation[] {
  const seen = new Set<string>()
  return issues.flatMap((issue) => {
    const key = issue.code === 'unrecognized_keys' ? `${pathText(issue.path)} keys` : pathText(issue.path)
    if (seen.has(key)) return []
    seen.add(key)
    return violationOf(issue, root)
  })
}

/** Throws for one or more violations; returns when there is none. */
export function refuse(violations: readonly Violation[]): void {
  const [first] = violations
  if (first === undefined) return
  if (violations.length === 1) throw new RfsError(first.name, first.detail)
  const all = violations.map(({ name, detail }) => `${errorEntry(name).code}: ${detail}`)
  throw new RfsError('SeveralInvalid', all.join(' '))
}

export type { Violation }

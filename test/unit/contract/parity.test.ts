/**
 * Every declared operation against the published API reference. What differs on purpose is listed here with its reason; any
 * other difference, in either direction, fails.
 */
import { describe, expect, test } from 'vitest'
import * as z from 'zod/mini'
import { clientRequestId } from '../../../shared/contract/fields.ts'
import { operations } from '../../../shared/contract/index.ts'
import { refusalsOf } from '../../../shared/contract/openapi.ts'
import { type DeclaredField, declaredFields } from './declared-fields.ts'
import { notThere, type Reference, type ReferenceField, reference, referencedFields } from './reference.ts'

/** Fields whose text the reference leaves free and this service does not. */
const stricterText: Readonly<Record<string, string>> = {
  project_id: 'the code table demands letters, digits and hyphens (RF.10011016); the field itself has no pattern',
  agency_name: 'the code table forbids an octothorpe in accounts (RF.10011046); the field itself has no pattern',
}

/** Texts that the published pattern and this service judge differently. */
const judgedDifferently: Readonly<Record<string, readonly { text: string; here: boolean; reason: string }[]>> = {
  agency_urn: [
    {
      text: 'arn:aws:iam::123456789012:role/deployer',
      here: true,
      reason: 'on this cloud an agency is a role, named by its ARN',
    },
    { text: '', here: false, reason: 'an entry needs an agency, so an empty one is refused where it stands' },
  ],
  template_uri: [
    { text: '', here: true, reason: 'length 0 is allowed; the empty text counts as absent' },
    { text: 'https://bucket/main.tfxjson', here: false, reason: 'the published pattern forgot to escape the dot' },
  ],
  stack_name: [{ text: '中文', here: false, reason: 'names here are in ASCII; only later pages allow more' }],
  execution_plan_name: [{ text: '中文', here: false, reason: 'names here are in ASCII; only later pages allow more' }],
  vars_uri: [{ text: '', here: true, reason: 'length 0 is allowed; the empty text counts as absent' }],
}

/** Statuses that an operation may answer with although its page does not list them. */
const moreStatuses: Readonly<Record<string, { status: number; reason: string }[]>> = {
  DeleteStack: [{ status: 409, reason: 'another command may commit between the read and the write' }],
  DeleteStackEnhanced: [{ status: 409, reason: 'another command may commit between the read and the write' }],
  DeleteExecutionPlan: [
    { status: 409, reason: 'another command may commit between the read and the write' },
    { status: 429, reason: 'every command counts for the rate of its project' },
  ],
}

const pagesOfItems = {
  names: ['marker', 'limit', 'page_info'],
  reason: 'a plan may have more items than an answer can hold, and its pages are those of the lists',
}

/** Fields that this service has and the reference does not. */
const moreFields: Readonly<Record<string, { names: readonly string[]; reason: string }>> = {
  GetExecutionPlan: pagesOfItems,
  EstimateExecutionPlanPrice: pagesOfItems,
}

function withoutMore(id: string, fields: readonly DeclaredField[]): DeclaredField[] {
  const more = moreFields[id]?.names ?? []
  return fields.filter(({ name }) => !more.includes(name))
}

/** Permissions of operations for which the reference has none. */
const unpublishedPermissions: Readonly<Record<string, string>> = {
  EstimateExecutionPlanPrice: 'rf:stack:estimateExecutionPlanPrice',
}

const samples = [
  ...[
    '',
    'a',
    'A',
    '1',
    '-',
    '_',
    'a-',
    'a_',
    'a1',
    '1a',
    '-a',
    '_a',
    'a b',
    'ä',
    '中文',
    'a\n',
    'a#b',
    'web-stack_1',
    'a.b',
    'a/b',
  ],
  ...[
    'c2f4a1de-3b5c-4d6e-8f70-112233445566',
    'C2F4A1DE-3B5C-4D6E-8F70-112233445566',
    '-2f4a1de-3b5c-4d6e-8f70-112233445566',
  ],
  ...['0'.repeat(36), '_'.repeat(36), `${'0'.repeat(35)}-`, '0123456789abcdef0123456789abcdef-Aa9'],
  ...[
    'iam::0123abcd:agency:deployer',
    'iam:*:0123abcd:agency:deployer',
    'iam::domain:agency:',
    'iam:x:domain:agency:a',
  ],
  ...['arn:aws:iam::123456789012:role/deployer', 'arn:aws:s3:::bucket', `iam::${'d'.repeat(65)}:agency:a`],
  ...[
    'http://bucket/main.tf',
    'https://bucket/main.tf.json',
    'https://bucket/all.zip?X-Sig=1',
    'https://bucket/main.tf?',
  ],
  ...[
    'ftp://bucket/main.tf',
    'https://bucket/main.txt',
    'https://bucket/a b.tf',
    'https://bucket/main.tfxjson',
    'HTTP://b/m.tf',
  ],
  ...[
    'https://bucket/v.tfvars',
    'https://bucket/v.tfvars?sig=a',
    'https://bucket/v.tfvarsx',
    'bucket/v.tfvars',
    'https://.tfvars',
  ],
]

const limitNames = ['minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems'] as const

/** Limits that say nothing, such as a minimum of none, count as absent. */
function limitsOf(field: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(limitNames.flatMap((name) => (field[name] ? [[name, field[name]]] : [])))
}

function acceptsByReference({ pattern, minLength = 0, maxLength }: ReferenceField, text: string): boolean {
  const fits = text.length >= minLength && text.length <= (maxLength ?? Number.POSITIVE_INFINITY)
  return fits && (pattern === undefined || new RegExp(pattern).test(text))
}

/** Texts on which the two disagree although nothing here says that they may. */
function disagreements(declared: DeclaredField, field: ReferenceField): string[] {
  if (field.type !== 'string' || stricterText[field.name]) return []
  const allowed = judgedDifferently[field.name] ?? []
  return samples.flatMap((text) => {
    const here = z.safeParse(declared.schema, text).success
    const there = acceptsByReference(field, text)
    if (here === there || allowed.some((each) => each.text === text && each.here === here)) return []
    return [
      `${JSON.stringify(text)} is ${here ? 'accepted' : 'refused'} here and ${there ? 'accepted' : 'refused'} there`,
    ]
  })
}

/** What two lists of request fields disagree about, by path; empty when they are the same. */
function requestDifferences(
  declared: readonly DeclaredField[],
  published: readonly ReferenceField[],
  spec: Reference,
  at = '',
): string[] {
  const byName = new Map(declared.map((field) => [field.name, field]))
  const extra = declared.filter((field) => published.every((each) => each.name !== field.name))
  const differences = extra.map((field) => `${at}${field.name} is not in the reference`)
  for (const field of published) {
    const mine = byName.get(field.name)
    const where = `${at}${field.name}`
    if (!mine) {
      differences.push(`${where} is missing here`)
      continue
    }
    const inner = referencedFields(field, spec)
    const same = [
      ['type', mine.type, field.type],
      ['required', mine.required, field.required ?? false],
      ['limits', JSON.stringify(limitsOf(mine.limits)), JSON.stringify(limitsOf({ ...field }))],
      ['enum', String(mine.limits.enum), String(field.enum)],
    ] as const
    for (const [what, here, there] of same) {
      if (here !== there) differences.push(`${where}: ${what} is ${here} here and ${there} in the reference`)
    }
    differences.push(...disagreements(mine, field).map((text) => `${where}: ${text}`))
    if (inner) differences.push(...requestDifferences(mine.fields ?? [], inner, spec, `${where}.`))
  }
  return differences
}

/** Answers are compared by names, types, words and times; what is always present there must be so here. */
function answerDifferences(
  declared: readonly DeclaredField[],
  published: readonly ReferenceField[],
  spec: Reference,
  at = '',
): string[] {
  const missing = published.filter((field) => declared.every((each) => each.name !== field.name))
  return [
    ...missing.map((field) => `${at}${field.name} is missing here`),
    ...declared.flatMap((mine) => {
      const where = `${at}${mine.name}`
      const field = published.find((each) => each.name === mine.name)
      if (!field) return [`${where} is not in the reference`]
      const inner = referencedFields(field, spec)
      const toTheSecond = (text: string) => z.safeParse(mine.schema, text).success
      return [
        ...(mine.type === field.type ? [] : [`${where}: ${mine.type} here, ${field.type} in the reference`]),
        ...(field.alwaysPresent && !mine.required ? [`${where} may be absent here`] : []),
        ...(String(mine.limits.enum) === String(field.enum) ? [] : [`${where}: other words than in the reference`]),
        ...(field.timePrecision === 'seconds' &&
        !(toTheSecond('1970-01-01T00:00:00Z') && !toTheSecond('1970-01-01T00:00:00.000Z'))
          ? [`${where} is not a time to the second`]
          : []),
        ...(inner ? answerDifferences(mine.fields ?? [], inner, spec, `${where}.`) : []),
      ]
    }),
  ]
}

/** What the reference can know; the operations about the service itself, and additions, are its own. */
const comparable = operations.filter(
  ({ group, dialect, addition }) => group !== 'service' && dialect !== 'heat' && !addition,
)

function compare(spec: Reference) {
  const published = (id: string) => {
    const found = spec.operations.find((each) => each.id === id)
    if (!found) throw new Error(`the reference has no operation ${id}`)
    return found
  }

  test('has thirty core operations, and this service declares each of them exactly once', () => {
    const there = spec.operations.filter(({ tier }) => tier === 'core').map(({ id }) => id)
    expect(there).toHaveLength(30)
    const here = comparable.map(({ operationId }) => operationId).filter((id) => published(id).tier === 'core')
    expect(here.sort()).toEqual(there.sort())
  })

  describe.each(comparable.map((operation) => [operation.operationId, operation] as const))('%s', (id, operation) => {
    test('has the published method, path, success status and permission', () => {
      const { method, path, success, iam } = published(id)
      const permission = iam?.action ?? unpublishedPermissions[id]
      expect(operation).toMatchObject({ method, path, success: { status: success.status }, permission })
    })

    test('takes the published path parameters, with their limits and letters', () => {
      expect(requestDifferences(declaredFields(operation.request.path), published(id).pathParams, spec)).toEqual([])
    })

    test('takes the published query parameters, with their limits and letters', () => {
      const declared = withoutMore(id, declaredFields(operation.request.query))
      expect(requestDifferences(declared, published(id).queryParams, spec)).toEqual([])
    })

    test('takes the published body, with its limits and letters', () => {
      const { body } = published(id)
      const rule = body === null ? undefined : body.required ? 'required' : 'optional'
      expect(operation.request.bodyRule).toBe(rule)
      expect(requestDifferences(declaredFields(operation.request.body), body?.fields ?? [], spec)).toEqual([])
    })

    test('asks for the published header', () => {
      const declared = declaredFields(z.object({ 'Client-Request-Id': clientRequestId }))
      expect(operation.request.clientRequestId).toBe('required')
      expect(requestDifferences(declared, published(id).headers, spec)).toEqual([])
    })

    test('answers with the published fields and headers', () => {
      const { body, headers } = published(id).success
      const declared = withoutMore(id, declaredFields(operation.success.body))
      expect(answerDifferences(declared, body?.fields ?? [], spec)).toEqual([])
      expect((operation.success.headers ?? []).map(({ name }) => name)).toEqual(headers.map(({ name }) => name))
    })

    test('refuses with the published statuses', () => {
      const here = new Set(refusalsOf(operation).map(({ status }) => status))
      const there = published(id).errors.map(({ status }) => status)
      const more = (moreStatuses[id] ?? []).map(({ status }) => status)
      expect([...here].sort()).toEqual([...new Set([...there, ...more])].sort())
    })
  })

  test('every purposeful difference is still one', () => {
    const fields = comparable.flatMap(({ request }) => [
      ...declaredFields(request.path),
      ...declaredFields(request.body).flatMap((field) => [field, ...(field.fields ?? [])]),
    ])
    for (const [name, cases] of Object.entries(judgedDifferently)) {
      const schema = fields.find((field) => field.name === name)?.schema
      for (const { text, here, reason } of cases) {
        expect(schema && z.safeParse(schema, text).success, `${name} "${text}": ${reason}`).toBe(here)
      }
    }
    for (const [name, reason] of Object.entries(stricterText)) {
      const schema = fields.find((field) => field.name === name)?.schema
      expect(schema && z.safeParse(schema, 'no#where').success, `${name}: ${reason}`).toBe(false)
    }
  })
}

const spec = reference
if (spec) describe('the API reference', () => compare(spec))
else test.skip(notThere('operations.json'), () => undefined)

/** The catalogue of errors: its form, and its codes and texts against the published table. */
import { describe, expect, test } from 'vitest'
import { type ErrorName, errorEntry, errorNames, isErrorName, RfsError } from '../../../shared/contract/errors.ts'
import { operations } from '../../../shared/contract/index.ts'
import { refusalsOf } from '../../../shared/contract/openapi.ts'
import { notThere, type PublishedError, referenceErrors } from './reference.ts'

/** Codes that fill gaps of the published table, at numbers that no source uses, and what each was decided to mean. */
const ours: Readonly<Record<string, string>> = {
  'RF.10011571': 'the id is not that of the template that has the name',
  'RF.10012548': 'ContinueRollbackStack in a wrong status',
  'RF.10012571': 'DeployStack while a job of the stack runs',
  'RF.10012572': 'CreateExecutionPlan while a job of the stack runs',
  'RF.10012573': 'deletion with the protection on',
  'RF.10012574': 'too many execution plans of a stack',
  'RF.10012575': 'too many templates',
  'RF.10012576': 'too many versions of a template',
  'RF.10012577': 'deletion of the last version of a template',
  'RF.10012578': 'CancelStackDeployment with nothing to cancel',
  'RF.10013071': 'no such template',
  'RF.10013072': 'no such version of a template',
  'RF.10013073': 'no such deployment',
  'RF.10013571': 'the name of a template is taken',
}
const isOurs = (name: ErrorName) => Object.hasOwn(ours, errorEntry(name).code)

/** Codes whose text is not the table's. */
const ownText: Partial<Record<ErrorName, string>> = {
  NameInvalid: 'the published text allows Chinese letters, which names here may not have',
  UpdateInWrongStatus: 'the table knows RF.10012519 from a public client only, without a text',
}

/** The block of a code, by the digits that follow `RF.100`. */
const blocks: readonly (readonly [status: number, block: RegExp])[] = [
  [500, /^RF\.10010\d{3}$/],
  [400, /^RF\.10011\d{3}$/],
  [401, /^RF\.100120\d\d$/],
  [403, /^RF\.100125\d\d$/],
  [404, /^RF\.100130\d\d$/],
  [409, /^RF\.100135\d\d$/],
  [429, /^RF\.10014\d{3}$/],
]

describe('the error catalogue', () => {
  test.each(errorNames)('%s has a code of eleven characters in the block of its status, and a sentence', (name) => {
    const { status, code, message } = errorEntry(name)
    expect(code).toMatch(/^RF\.\d{8}$/)
    expect(code).toMatch(blocks.find(([each]) => each === status)?.[1] ?? /a status without a block/)
    expect(message).toMatch(/^[A-Z].{5,}\S$/)
  })

  test('no two names share a code, but the two that only Heat tells apart', () => {
    const codes = errorNames.map((name) => errorEntry(name).code)
    const shared = errorNames.filter((name) => codes.filter((code) => code === errorEntry(name).code).length > 1)
    expect(shared).toEqual(['OtherProject', 'NotPermitted'])
    expect(errorEntry('OtherProject')).toEqual(errorEntry('NotPermitted'))
  })

  test('only names of the catalogue are error names, whatever else objects have', () => {
    expect(isErrorName('StackNotFound')).toBe(true)
    for (const other of ['', 'stackNotFound', 'toString', '__proto__', 'constructor'])
      expect(isErrorName(other)).toBe(false)
  })

  test('an error carries its name and the sentence for the caller, and keeps its cause apart', () => {
    const cause = new Error('inside')
    const error = new RfsError('StackNotFound', 'There is no stack named web.', { cause })
    expect(error).toMatchObject({ errorName: 'StackNotFound', detail: 'There is no stack named web.', cause })
    expect(new RfsError('StackBusy').message).toBe(errorEntry('StackBusy').message)
  })

  test.each(operations.map((operation) => [operation.operationId, operation] as const))(
    '%s can tell a caller who is refused why, and never lists anything but refusals',
    (_id, operation) => {
      expect(operation.errors.length).toBeGreaterThan(0)
      for (const { status } of refusalsOf(operation)) expect(status).toBeGreaterThanOrEqual(400)
    },
  )
})

function compare(table: readonly PublishedError[]) {
  const published = new Map(table.map((each) => [each.code, each]))
  const shared = errorNames.filter((name) => !isOurs(name) && !ownText[name])

  test.each(shared)('has %s with the same status and text', (name) => {
    const { code, status, message } = errorEntry(name)
    expect(published.get(code)).toMatchObject({ status, message })
  })

  test.each(Object.entries(ours))('leaves %s free, which here means: %s', (code) => {
    expect(published.has(code)).toBe(false)
  })

  test('has no code for four refusals about stacks, which have ours', () => {
    const codeOf = (name: ErrorName) => errorEntry(name).code
    expect(codeOf('ContinueRollbackInWrongStatus')).toBe('RF.10012548')
    expect(codeOf('DeployInWrongStatus')).toBe('RF.10012571')
    expect(codeOf('DeletionProtected')).toBe('RF.10012573')
    expect(codeOf('DeploymentNotFound')).toBe('RF.10013073')
  })

  test('allows Chinese letters in names, which is why that text differs', () => {
    const { code, status, message } = errorEntry('NameInvalid')
    const there = published.get(code)
    expect(there?.status).toBe(status)
    expect(there?.message?.replaceAll('Chinese or ', '').replaceAll('Chinese characters, ', '')).toBe(message)
  })

  test('has no text for the refusal of an update that public clients retry on, which is why that text is our own', () => {
    expect(errorEntry('UpdateInWrongStatus')).toMatchObject({ code: 'RF.10012519', status: 403 })
    expect(published.get('RF.10012519')).toMatchObject({ status: 403, message: null })
  })
}

const table = referenceErrors
if (table) describe('the published table of codes', () => compare(table))
else test.skip(notThere('errors.json'), () => undefined)

/** The recorded requests to a real Heat, in their order, against this service. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import {
  actorKeys,
  type CaseRunner,
  caseRunner,
  type RtsCase,
  type RtsExpectation,
  readCases,
  readExpectations,
} from '../support/rts-cases.ts'
import { newProject } from '../support/software-actions.ts'

/** Where Heat answers 500 for a client's mistake, or leaks, or leaves things in no order, and what is answered here. */
const decidedHere: Readonly<Record<string, { status: number; type?: string; why: string }>> = {
  'config-name-256': { status: 400, type: 'Invalid', why: 'an over-long value' },
  'config-group-256': { status: 400, type: 'Invalid', why: 'an over-long value' },
  'config-name-object': { status: 400, type: 'Invalid', why: 'a value of the wrong type' },
  'config-delete-in-use': { status: 409, type: 'InvalidRestrictedAction', why: 'a conflict' },
  'deploy-no-config': { status: 400, type: 'Invalid', why: 'a missing field' },
  'deploy-no-server': { status: 400, type: 'Invalid', why: 'a missing field' },
  'deploy-empty-object': { status: 400, type: 'Invalid', why: 'missing fields' },
  'deploy-unknown-config': { status: 400, type: 'Invalid', why: 'a config that is not there' },
  'deploy-server-37': { status: 400, type: 'Invalid', why: 'an over-long value' },
  'deploy-stack-user-project-65': { status: 400, type: 'Invalid', why: 'an over-long value' },
  'deploy-other-tenant-config': { status: 400, type: 'Invalid', why: "another project's config is not found" },
  'deploy-other-tenant-config-cleanup': { status: 404, why: 'there is no such deployment' },
  'update-unknown-config': { status: 400, type: 'Invalid', why: 'a config that is not there' },
  'update-status-256': { status: 400, type: 'Invalid', why: 'an over-long value' },
  'update-status-object': { status: 400, type: 'Invalid', why: 'a value of the wrong type' },
  'update-reason-big': { status: 400, type: 'Invalid', why: 'an over-long value' },
  'order-metadata-null-name': { status: 200, why: 'a null name sorts as ""' },
  'poll-show': { status: 200, why: 'no other service is asked for the signal' },
}

/** Where other answers than Heat's are given, to cases that Heat's releases disagree about or that say nothing of the API. */
const otherwiseHere: Readonly<Record<string, string>> = {
  'unversioned-path': 'the gateway answers in JSON',
  'config-reader-create': 'a reader changes nothing',
  'config-reader-create-cleanup': 'a reader has made nothing',
  'config-admin-other-project-path': 'no role opens the project of another',
  'config-noroles-list': 'without a role nothing is allowed',
  'config-name-number': 'a number given as text becomes text, as it does in the database',
  'config-nan': 'NaN is no JSON',
  'config-nan-cleanup': 'NaN is no JSON',
  'config-big-number': 'numbers are those of JSON readers: an integer of 23 digits loses its last ones',
  'get-with-json-body': 'a body that means nothing is ignored',
  'list-with-json-body': 'a body that means nothing is ignored',
  'delete-with-json-body': 'a body that means nothing is ignored',
  'deploy-server-number': 'a number given as text becomes text, as it does in the database',
  'update-status-number': 'a number given as text becomes text, as it does in the database',
}

/** Outside of `/v1/{project_id}`: no function is asked. */
const answeredByGateway = ['unversioned-path']

const cases = readCases('cases.json')
const ioCases = readCases('cases-io.json')
if (cases.length === 0) test.skip('the recorded cases are not there: nothing is compared', () => undefined)

/** Answers to the other cases, in the form of the recorded ones: each was held against what the reference says in words. */
const unrecorded = readFileSync(new URL('golden/software-unrecorded.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line) as RtsExpectation)

/** The recording names it as it is. */
const unseen = 'c024bfada67845ddb17d2b0c0be8cd79'

/** The projects of a run and the keys of who asks for them, by the file of its expectations. */
const suites = new Map(
  ['expected.jsonl', 'expected-io.jsonl'].map((file) => {
    const [project, other] = [newProject(), newProject()]
    return [file, { project, other, keys: actorKeys(project, other) }] as const
  }),
)

let cloud: TestCloud
beforeAll(async () => {
  cloud = await startTestCloud({
    parameters: {
      ThrottlingRatePerSecond: '5000',
      ThrottlingBurst: '5000',
      CommandsPerMinute: '1000000',
      // The recorded deployments show in the other actor's project, and in one that nobody asks for.
      StackUserProjects: [...suites.values()]
        .map(({ project, other }) => `${project}=${other},${project}=${unseen}`)
        .join(),
    },
    accessKeys: [...suites.values()].flatMap(({ keys }) => [...new Set(Object.values(keys))]),
  })
})
afterAll(() => cloud?.stop())

function suite(all: readonly RtsCase[], expectedFile: string): void {
  const expected = new Map([...unrecorded, ...readExpectations(expectedFile)].map((each) => [each.case, each]))
  let runner: CaseRunner
  beforeAll(() => {
    const { keys, ...projects } = suites.get(expectedFile)!
    runner = caseRunner(cloud.baseUrl, { ...projects, server: `server-${Date.now()}` }, keys)
  })
  test.for(all.map((each) => [each.name, each] as const))('%s', async ([name, given]) => {
    const answer = await runner.run(given)
    if (!answeredByGateway.includes(name)) {
      expect(answer.headers['x-openstack-request-id']).toMatch(/^req-[0-9a-f-]{36}$/)
    }
    const decided = decidedHere[name]
    if (decided) {
      expect({ status: answer.status, body: answer.body }).toMatchObject({
        status: decided.status,
        ...(decided.type ? { body: { code: decided.status, error: { type: decided.type, traceback: null } } } : {}),
      })
      return
    }
    const wanted = expected.get(name)
    if (!wanted || name in otherwiseHere) return
    expect(answer.status).toBe(wanted.status)
    if (given.tier === 'status' || (given as { ignore_body?: boolean }).ignore_body) return
    if (wanted.body !== undefined) expect(answer.body).toEqual(wanted.body)
    if (wanted.allow) expect(answer.headers.allow).toBe(wanted.allow)
    if (answer.status !== 204) {
      expect(String(answer.headers['content-type'] ?? '').split(';')[0]).toBe(wanted.content_type)
    }
  })
}

test('only cases that are recorded for information are answered otherwise', () => {
  const exceptions = new Set([...Object.keys(decidedHere), ...Object.keys(otherwiseHere)])
  const named = [...cases, ...ioCases].filter(({ name }) => exceptions.has(name))
  expect(named.filter(({ tier }) => tier !== 'info')).toEqual([])
  expect(named).toHaveLength(cases.length > 0 ? exceptions.size : 0)
})

describe.runIf(cases.length > 0)('requests to configs and deployments', () => suite(cases, 'expected.jsonl'))
describe.runIf(ioCases.length > 0)('input and output items', () => suite(ioCases, 'expected-io.jsonl'))

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../../shared/contract/index.ts'
import type { Operation } from '../../../shared/contract/operation.ts'
import { type SynthesizedTemplate, synthesizeTemplate } from './synthesized-template.ts'

const everything: Operation['access'] = ['table:write', 'bucket:read', 'bucket:write', 'queue:send']

function invented(number: number, path: string): Operation {
  return {
    ...operations[0]!,
    id: `operation-with-a-long-name-${number}`,
    operationId: `OperationWithALongName${number}`,
    path,
    access: everything,
  }
}

function counts(service: SynthesizedTemplate): Record<string, number> {
  const types = Map.groupBy(service.resources(), ({ Type }) => Type)
  return Object.fromEntries([...types].map(([type, resources]) => [type, resources.length]))
}

const made: SynthesizedTemplate[] = []
async function synthesized(list: readonly Operation[]): Promise<SynthesizedTemplate> {
  const service = await synthesizeTemplate(list)
  made.push(service)
  return service
}
afterAll(() => Promise.all(made.map((service) => service.remove())))

test('one more operation on a known path takes a function, a role, a log group and a method', async () => {
  const more = { ...invented(1, operations[0]!.path), method: 'PUT' as const }
  const [before, after] = [counts(await synthesized(operations)), counts(await synthesized([...operations, more]))]
  const added = Object.fromEntries(
    Object.entries(after)
      .map(([type, count]) => [type, count - (before[type] ?? 0)] as const)
      .filter(([, count]) => count !== 0),
  )
  expect(added).toEqual({
    'AWS::Lambda::Function': 1,
    'AWS::IAM::Role': 1,
    'AWS::Logs::LogGroup': 1,
    'AWS::ApiGateway::Method': 1,
  })
})

describe('with 80 operations, each new one on a path of its own', () => {
  let service: SynthesizedTemplate
  beforeAll(async () => {
    const missing = Array.from({ length: 80 - operations.length }, (_, at) =>
      invented(at, `/v1/{project_id}/stacks/{stack_name}/part-${at}`),
    )
    service = await synthesized([...operations, ...missing])
  })

  test('the service stays under the 500 resources that a stack may have', () => {
    const further = operations.flatMap(({ alsoAt = [] }) => alsoAt)
    expect(counts(service)['AWS::ApiGateway::Method']).toBe(80 + further.length)
    expect(service.resources().length).toBeLessThan(500)
  })

  test('the template stays under the megabyte that CloudFormation reads', () => {
    expect(JSON.stringify(service.template).length).toBeLessThan(1_000_000)
  })

  test("the policy of the role that calls the functions stays under IAM's 10,240 characters", () => {
    const { Policies } = service.one('AWS::IAM::Role', 'ApiInvoker').Properties
    // A function's name has 64 characters at most; no region's name is longer than this one's.
    const longest = `arn:aws:lambda:ap-southeast-1:123456789012:function:${'x'.repeat(64)}`
    const document = JSON.parse(JSON.stringify(Policies[0].PolicyDocument))
    document.Statement[0].Resource = document.Statement[0].Resource.map(() => longest)
    expect(document.Statement[0].Resource).toHaveLength(80)
    expect(JSON.stringify(document).length).toBeLessThan(10_240)
  })
})
